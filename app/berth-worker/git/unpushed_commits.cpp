#include "app/berth-worker/git/unpushed_commits.hpp"

#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

namespace berth::worker {

namespace {

using walker = std::unique_ptr<git_revwalk, decltype(&git_revwalk_free)>;
using found_commit = std::unique_ptr<git_commit, decltype(&git_commit_free)>;
using references = std::unique_ptr<git_reference_iterator,
                                   decltype(&git_reference_iterator_free)>;

constexpr size_t most_in_shallow = 100'000;

constexpr auto branches = "refs/heads/*";
constexpr auto remote_branches = "refs/remotes/*";

/// Nothing if some commit lacks a parent: libgit2 1.5 does not know that this
/// is what a shallow clone ends with.
std::optional<std::vector<git_oid>> walk_whole(git_repository* repo) {
  git_revwalk* raw = nullptr;
  if (git_revwalk_new(&raw, repo) != 0)
    return std::nullopt;
  auto walk = walker{raw, git_revwalk_free};
  git_revwalk_sorting(raw, GIT_SORT_TIME);
  if (git_revwalk_push_glob(raw, branches) != 0
      || git_revwalk_hide_glob(raw, remote_branches) != 0)
    return std::nullopt;
  auto out = std::vector<git_oid>{};
  auto id = git_oid{};
  auto rc = git_revwalk_next(&id, raw);
  for (; rc == 0; rc = git_revwalk_next(&id, raw))
    out.push_back(id);
  if (rc != GIT_ITEROVER)
    return std::nullopt;
  return out;
}

struct by_value {
  bool operator()(const git_oid& a, const git_oid& b) const {
    return git_oid_cmp(&a, &b) < 0;
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
    if (git_reference_iterator_glob_new(&raw, repo, glob) != 0)
      return;
    auto all = references{raw, git_reference_iterator_free};
    git_reference* each = nullptr;
    while (git_reference_next(&each, raw) == 0) {
      git_object* tip = nullptr;
      if (git_reference_peel(&tip, each, GIT_OBJECT_COMMIT) == 0)
        reach(*git_object_id(tip));
      git_object_free(tip);
      git_reference_free(each);
    }
  }

  std::optional<git_oid> next() {
    if (ahead_.empty() || seen_.size() > most_in_shallow)
      return std::nullopt;
    auto id = ahead_.top().id;
    ahead_.pop();
    if (auto at = find(id))
      for (unsigned i = 0; i < git_commit_parentcount(at.get()); ++i)
        reach(*git_commit_parent_id(at.get(), i));
    return id;
  }

private:
  found_commit find(const git_oid& id) const {
    git_commit* raw = nullptr;
    if (git_commit_lookup(&raw, repo_, &id) != 0)
      raw = nullptr;
    return {raw, git_commit_free};
  }

  void reach(const git_oid& id) {
    if (hidden_.contains(id) || !seen_.insert(id).second)
      return;
    if (auto at = find(id))
      ahead_.push({git_commit_time(at.get()), id});
  }

  git_repository* repo_;
  const commit_set& hidden_;
  commit_set seen_;
  std::priority_queue<dated> ahead_;
};

} // namespace

void for_each_unpushed_commit(
  git_repository* repo, const std::function<void(const git_oid&)>& visit) {
  if (auto all = walk_whole(repo)) {
    for (const auto& id : *all)
      visit(id);
    return;
  }
  auto nothing = commit_set{};
  auto pushed = commit_set{};
  auto theirs = shallow_walk{repo, remote_branches, nothing};
  while (auto id = theirs.next())
    pushed.insert(*id);
  auto ours = shallow_walk{repo, branches, pushed};
  while (auto id = ours.next())
    visit(*id);
}

} // namespace berth::worker
