#pragma once

#include "app/berth-worker/library.hpp"
#include "model/error.hpp"

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

namespace berth::worker {

#define BERTH_FROM_GIT2(name)                                                  \
  decltype(&::git_##name) name                                                 \
    = from_.find<decltype(&::git_##name)>("git_" #name)

/// What workers call of libgit2, by the names that it has behind `git_`.
class libgit2 {
  library from_{"libgit2.so." LIBGIT2_SOVERSION};

public:
  BERTH_FROM_GIT2(buf_dispose);
  BERTH_FROM_GIT2(commit_free);
  BERTH_FROM_GIT2(commit_lookup);
  BERTH_FROM_GIT2(commit_parent_id);
  BERTH_FROM_GIT2(commit_parentcount);
  BERTH_FROM_GIT2(commit_summary);
  BERTH_FROM_GIT2(commit_time);
  BERTH_FROM_GIT2(error_last);
  BERTH_FROM_GIT2(libgit2_init);
  BERTH_FROM_GIT2(libgit2_opts);
  BERTH_FROM_GIT2(object_free);
  BERTH_FROM_GIT2(object_id);
  BERTH_FROM_GIT2(object_short_id);
  BERTH_FROM_GIT2(oid_cmp);
  BERTH_FROM_GIT2(oid_tostr_s);
  BERTH_FROM_GIT2(reference_free);
  BERTH_FROM_GIT2(reference_iterator_free);
  BERTH_FROM_GIT2(reference_iterator_glob_new);
  BERTH_FROM_GIT2(reference_lookup);
  BERTH_FROM_GIT2(reference_name_to_id);
  BERTH_FROM_GIT2(reference_next);
  BERTH_FROM_GIT2(reference_peel);
  BERTH_FROM_GIT2(reference_symbolic_target);
  BERTH_FROM_GIT2(repository_free);
  BERTH_FROM_GIT2(repository_head_detached);
  BERTH_FROM_GIT2(repository_is_shallow);
  BERTH_FROM_GIT2(repository_open_ext);
  BERTH_FROM_GIT2(repository_set_workdir);
  BERTH_FROM_GIT2(revwalk_free);
  BERTH_FROM_GIT2(revwalk_hide_glob);
  BERTH_FROM_GIT2(revwalk_new);
  BERTH_FROM_GIT2(revwalk_next);
  BERTH_FROM_GIT2(revwalk_push_glob);
  BERTH_FROM_GIT2(revwalk_sorting);
  BERTH_FROM_GIT2(status_byindex);
  BERTH_FROM_GIT2(status_list_entrycount);
  BERTH_FROM_GIT2(status_list_free);
  BERTH_FROM_GIT2(status_list_new);
};

#undef BERTH_FROM_GIT2

/// Loads it the first time.
inline const libgit2& git2() {
  static const auto loaded = libgit2{};
  return loaded;
}

template <class T, auto Free>
struct freed_by {
  void operator()(T* pointer) const { (git2().*Free)(pointer); }
};

/// What libgit2 gives out and takes back.
template <class T, auto Free>
using handle = std::unique_ptr<T, freed_by<T, Free>>;

/// Why the last call failed.
inline caf::error libgit2_error(std::string_view what) {
  auto* why = git2().error_last();
  return make_error(ec::internal,
                    std::string{what} + ": "
                      + (why && why->message ? why->message : "?"));
}

} // namespace berth::worker
