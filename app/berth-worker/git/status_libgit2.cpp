#include "app/berth-worker/git/status_libgit2.hpp"

#include "app/berth-worker/git/libgit2.hpp"
#include "app/berth-worker/git/unpushed_commits.hpp"

namespace berth::worker {

namespace {

constexpr size_t most_entries = 100;

using repository = handle<git_repository, &libgit2::repository_free>;
using status_list = handle<git_status_list, &libgit2::status_list_free>;
using reference = handle<git_reference, &libgit2::reference_free>;
using commit = handle<git_commit, &libgit2::commit_free>;

/// Adds while there is room; the last entry then says how many more there are.
struct capped_list {
  std::vector<std::string>& entries;
  int64_t& total;

  template <class MakeText>
  void add(MakeText text) {
    if (++total <= static_cast<int64_t>(most_entries))
      entries.push_back(text());
  }

  void finish() {
    if (auto more = total - static_cast<int64_t>(most_entries); more > 0)
      entries.push_back("... and " + std::to_string(more) + " more");
  }
};

/// Ours decides about the library: no config of system or user, and content
/// belongs to whom it belongs.
void set_up() {
  git2().libgit2_init();
  git2().libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  for (auto level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                     GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA})
    git2().libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
}

result<repository> open(const std::string& directory) {
  git_repository* raw = nullptr;
  if (git2().repository_open_ext(&raw, directory.c_str(),
                                 GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr)
      != 0)
    return libgit2_error("open repository");
  auto repo = repository{raw};
  // The repository's config may name any place as its working tree.
  if (git2().repository_set_workdir(raw, directory.c_str(), 0) != 0)
    return libgit2_error("set working tree");
  return repo;
}

result<void> read_head(git_repository* repo, git_status& out) {
  if (git2().repository_head_detached(repo) == 1) {
    out.branch = "(detached)";
  } else {
    git_reference* raw = nullptr;
    if (git2().reference_lookup(&raw, repo, "HEAD") != 0)
      return libgit2_error("read HEAD");
    auto head = reference{raw};
    auto* target = git2().reference_symbolic_target(raw);
    auto name = std::string{target ? target : ""};
    constexpr std::string_view prefix = "refs/heads/";
    out.branch = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  }
  auto id = git_oid{};
  // A repository without any commit has no such name.
  if (git2().reference_name_to_id(&id, repo, "HEAD") == 0)
    out.latest_commit = git2().oid_tostr_s(&id);
  return {};
}

std::string path_of(const git_status_entry& entry) {
  auto* delta
    = entry.index_to_workdir ? entry.index_to_workdir : entry.head_to_index;
  auto* path
    = delta->new_file.path ? delta->new_file.path : delta->old_file.path;
  return path ? path : "";
}

result<void> read_files(git_repository* repo, const std::string& ours,
                        git_status& out) {
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED
                  | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS
                  | GIT_STATUS_OPT_RENAMES_HEAD_TO_INDEX
                  | GIT_STATUS_OPT_SORT_CASE_SENSITIVELY;
  git_status_list* raw = nullptr;
  if (git2().status_list_new(&raw, repo, &options) != 0)
    return libgit2_error("status");
  auto list = status_list{raw};
  auto uncommitted
    = capped_list{out.uncommitted_files, out.total_uncommitted_files};
  auto untracked = capped_list{out.untracked_files, out.total_untracked_files};
  for (size_t i = 0; i < git2().status_list_entrycount(raw); ++i) {
    auto* entry = git2().status_byindex(raw, i);
    auto is_untracked = entry->status == GIT_STATUS_WT_NEW;
    if (is_untracked && path_of(*entry) == ours)
      continue;
    auto& which = is_untracked ? untracked : uncommitted;
    which.add([entry] { return path_of(*entry); });
  }
  uncommitted.finish();
  untracked.finish();
  return {};
}

std::string line_of(git_repository* repo, const git_oid& id) {
  git_commit* raw = nullptr;
  if (git2().commit_lookup(&raw, repo, &id) != 0)
    return git2().oid_tostr_s(&id);
  auto found = commit{raw};
  auto name = git_buf{};
  auto text = std::string{git2().oid_tostr_s(&id)}.substr(0, 7);
  if (git2().object_short_id(&name, reinterpret_cast<git_object*>(raw)) == 0)
    text.assign(name.ptr, name.size);
  git2().buf_dispose(&name);
  auto* summary = git2().commit_summary(raw);
  return text + ": " + (summary ? summary : "");
}

/// What is on a branch and on no remote.
result<void> read_commits(git_repository* repo, git_status& out) {
  auto unpushed = capped_list{out.unpushed_commits, out.total_unpushed_commits};
  auto walked = for_each_unpushed_commit(repo, [&](const git_oid& id) {
    unpushed.add([&] { return line_of(repo, id); });
  });
  unpushed.finish();
  return walked;
}

} // namespace

result<git_status> read_repository(const std::string& directory,
                                   const std::string& ours) {
  set_up();
  auto repo = open(directory);
  if (!repo)
    return repo.error();
  auto out = git_status{};
  if (auto ok = read_head(repo->get(), out); !ok)
    return ok.error();
  if (auto ok = read_files(repo->get(), ours, out); !ok)
    return ok.error();
  if (auto ok = read_commits(repo->get(), out); !ok)
    return ok.error();
  return out;
}

} // namespace berth::worker
