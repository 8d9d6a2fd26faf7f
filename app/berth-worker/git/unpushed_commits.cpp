#include "app/berth-worker/git/unpushed_commits.hpp"

#include "app/berth-worker/git/libgit2.hpp"

#include <optional>
#include <queue>
#include <set>

namespace berth::worker {

namespace {

using walker = handle<git_revwalk, &libgit2::revwalk_free>;
using found_commit = handle<git_commit, &libgit2::commit_free>;
using found_reference = handle<git_reference, &libgit2::reference_free>;
using found_object = handle<git_object, &libgit2::object_free>;
using references
  = handle<git_reference_iterator, &libgit2::reference_iterator_free>;

/// Of a clone that was made to be small.
constexpr size_t most_in_shallow = 300'000;

constexpr auto branches = "refs/heads/*";
constexpr auto remote_branches = "refs/remotes/*";

using visitor = std::function<void(const git_oid&)>;

result<void> walk_whole(git_repository* repo, const visitor& visit) {
  git_revwalk* raw = nullptr;
  if (git2().revwalk_new(&raw, repo) != 0)
    return libgit2_error("revwalk");
  auto walk = walker{raw};
  git2().revwalk_sorting(raw, GIT_SORT_TIME);
  if (git2().revwalk_push_glob(raw, branches) != 0
      || git2().revwalk_hide_glob(raw, remote_branches) != 0)
    return libgit2_error("revwalk");
  auto id = git_oid{};
  auto rc = git2().revwalk_next(&id, raw);
  for (; rc == 0; rc = git2().revwalk_next(&id, raw))
    visit(id);
  if (rc != GIT_ITEROVER)
    return libgit2_error("revwalk");
  return {};
}

struct by_value {
  bool operator()(const git_oid& a, const git_oid& b) const {
    return git2().oid_cmp(&a, &b) < 0;
  }
};
using commit_set = std::set<git_oid, by_value>;

struct dated {
  git_time_t time;
  git_oid id;
  bool operator<(const dated& other) const { return time < other.time; }
};

/// What can be reached, newest first, from the tips of `glob` without a way
/// through `hidden`; a parent that is not there is the end of its line.
class shallow_walk {
public:
  shallow_walk(git_repository* repo, const char* glob, const commit_set& hidden)
    : repo_(repo), hidden_(hidden) {
    git_reference_iterator* raw = nullptr;
    if (git2().reference_iterator_glob_new(&raw, repo, glob) != 0)
      return;
    auto all = references{raw};
    git_reference* next = nullptr;
    while (git2().reference_next(&next, raw) == 0) {
      auto each = found_reference{next};
      git_object* tip = nullptr;
      if (git2().reference_peel(&tip, each.get(), GIT_OBJECT_COMMIT) == 0)
        reach(*git2().object_id(found_object{tip}.get()));
    }
  }

  std::optional<git_oid> next() {
    if (ahead_.empty() || is_cut_off())
      return std::nullopt;
    auto id = ahead_.top().id;
    ahead_.pop();
    if (auto at = find(id))
      for (unsigned i = 0; i < git2().commit_parentcount(at.get()); ++i)
        reach(*git2().commit_parent_id(at.get(), i));
    return id;
  }

  bool is_cut_off() const { return seen_.size() > most_in_shallow; }

private:
  found_commit find(const git_oid& id) const {
    git_commit* raw = nullptr;
    if (git2().commit_lookup(&raw, repo_, &id) != 0)
      return nullptr;
    return found_commit{raw};
  }

  void reach(const git_oid& id) {
    if (hidden_.contains(id) || !seen_.insert(id).second)
      return;
    if (auto at = find(id))
      ahead_.push({git2().commit_time(at.get()), id});
  }

  git_repository* repo_;
  const commit_set& hidden_;
  commit_set seen_;
  std::priority_queue<dated> ahead_;
};

} // namespace

result<void> for_each_unpushed_commit(git_repository* repo,
                                      const visitor& visit) {
  if (git2().repository_is_shallow(repo) != 1)
    return walk_whole(repo, visit);
  // libgit2 1.5 takes a commit without its parents for a damaged one.
  auto nothing = commit_set{};
  auto pushed = commit_set{};
  auto theirs = shallow_walk{repo, remote_branches, nothing};
  while (auto id = theirs.next())
    pushed.insert(*id);
  auto ours = shallow_walk{repo, branches, pushed};
  while (auto id = ours.next())
    visit(*id);
  if (theirs.is_cut_off() || ours.is_cut_off())
    return make_error(ec::exhausted, "too many commits in a shallow clone");
  return {};
}

} // namespace berth::worker
