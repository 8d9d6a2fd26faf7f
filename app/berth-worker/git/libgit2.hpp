#pragma once

#include "app/berth-worker/library.hpp"
#include "model/error.hpp"

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

namespace berth::worker {

/// What workers call of libgit2, by the names that it has behind `git_`.
class libgit2 {
  library from_{"libgit2.so." LIBGIT2_SOVERSION};

public:
  decltype(&::git_buf_dispose) buf_dispose = from_.find("git_buf_dispose");
  decltype(&::git_commit_free) commit_free = from_.find("git_commit_free");
  decltype(&::git_commit_lookup) commit_lookup
    = from_.find("git_commit_lookup");
  decltype(&::git_commit_parent_id) commit_parent_id
    = from_.find("git_commit_parent_id");
  decltype(&::git_commit_parentcount) commit_parentcount
    = from_.find("git_commit_parentcount");
  decltype(&::git_commit_summary) commit_summary
    = from_.find("git_commit_summary");
  decltype(&::git_commit_time) commit_time = from_.find("git_commit_time");
  decltype(&::git_error_last) error_last = from_.find("git_error_last");
  decltype(&::git_libgit2_init) libgit2_init = from_.find("git_libgit2_init");
  decltype(&::git_libgit2_opts) libgit2_opts = from_.find("git_libgit2_opts");
  decltype(&::git_object_free) object_free = from_.find("git_object_free");
  decltype(&::git_object_id) object_id = from_.find("git_object_id");
  decltype(&::git_object_short_id) object_short_id
    = from_.find("git_object_short_id");
  decltype(&::git_oid_cmp) oid_cmp = from_.find("git_oid_cmp");
  decltype(&::git_oid_tostr_s) oid_tostr_s = from_.find("git_oid_tostr_s");
  decltype(&::git_reference_free) reference_free
    = from_.find("git_reference_free");
  decltype(&::git_reference_iterator_free) reference_iterator_free
    = from_.find("git_reference_iterator_free");
  decltype(&::git_reference_iterator_glob_new) reference_iterator_glob_new
    = from_.find("git_reference_iterator_glob_new");
  decltype(&::git_reference_lookup) reference_lookup
    = from_.find("git_reference_lookup");
  decltype(&::git_reference_name_to_id) reference_name_to_id
    = from_.find("git_reference_name_to_id");
  decltype(&::git_reference_next) reference_next
    = from_.find("git_reference_next");
  decltype(&::git_reference_peel) reference_peel
    = from_.find("git_reference_peel");
  decltype(&::git_reference_symbolic_target) reference_symbolic_target
    = from_.find("git_reference_symbolic_target");
  decltype(&::git_repository_free) repository_free
    = from_.find("git_repository_free");
  decltype(&::git_repository_head_detached) repository_head_detached
    = from_.find("git_repository_head_detached");
  decltype(&::git_repository_is_shallow) repository_is_shallow
    = from_.find("git_repository_is_shallow");
  decltype(&::git_repository_open_ext) repository_open_ext
    = from_.find("git_repository_open_ext");
  decltype(&::git_repository_set_workdir) repository_set_workdir
    = from_.find("git_repository_set_workdir");
  decltype(&::git_revwalk_free) revwalk_free = from_.find("git_revwalk_free");
  decltype(&::git_revwalk_hide_glob) revwalk_hide_glob
    = from_.find("git_revwalk_hide_glob");
  decltype(&::git_revwalk_new) revwalk_new = from_.find("git_revwalk_new");
  decltype(&::git_revwalk_next) revwalk_next = from_.find("git_revwalk_next");
  decltype(&::git_revwalk_push_glob) revwalk_push_glob
    = from_.find("git_revwalk_push_glob");
  decltype(&::git_revwalk_sorting) revwalk_sorting
    = from_.find("git_revwalk_sorting");
  decltype(&::git_status_byindex) status_byindex
    = from_.find("git_status_byindex");
  decltype(&::git_status_list_entrycount) status_list_entrycount
    = from_.find("git_status_list_entrycount");
  decltype(&::git_status_list_free) status_list_free
    = from_.find("git_status_list_free");
  decltype(&::git_status_list_new) status_list_new
    = from_.find("git_status_list_new");
};

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
