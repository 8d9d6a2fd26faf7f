#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/git/failure.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/content/git_names.hpp"

#include <fcntl.h>

#include <string_view>

namespace berth::worker {

namespace {

constexpr auto depth_with_history = "--depth=20";
constexpr auto depth_without = "--depth=1";
constexpr int no_such_ref = 2; // git-ls-remote(1), --exit-code

bool has(const checkout& at, const std::string& revision) {
  return static_cast<bool>(at.local(
    {"rev-parse", "--verify", "--quiet", "--end-of-options", revision}));
}

/// As git finds out, but without a start of it.
bool is_shallow(const checkout& at) {
  return static_cast<bool>(open_beneath(at.directory, ".git/shallow", O_PATH));
}

result<void> without_value(result<std::string> ran) {
  if (!ran)
    return ran.error();
  return {};
}

/// The remote's default branch; empty if it has none.
std::string default_branch(const checkout& at) {
  constexpr std::string_view prefix = "refs/remotes/origin/";
  auto head = at.local({"symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"});
  if (!head || !head->starts_with(prefix))
    return {};
  return head->substr(prefix.size());
}

/// A branch that its first commit will make.
result<void> begin_branch(const checkout& at, const std::string& name) {
  return without_value(
    at.local({"symbolic-ref", "HEAD", "refs/heads/" + name}));
}

/// As a clone leaves it.
bool is_at_remote_head(const checkout& at) {
  auto heads = at.local({"rev-parse", "HEAD", "refs/remotes/origin/HEAD"});
  auto half = heads ? heads->size() / 2 : 0;
  return half > 0 && heads->substr(0, half) == heads->substr(half + 1);
}

result<void> to_remote_head(const checkout& at) {
  // A reset would read all files that were just written.
  if (is_at_remote_head(at))
    return {};
  // An empty repository, or one whose HEAD points nowhere.
  if (!has(at, "refs/remotes/origin/HEAD"))
    return {};
  return without_value(
    at.local({"reset", "--hard", "refs/remotes/origin/HEAD"}));
}

result<void> fetch(const checkout& at, const std::string& what, bool limited) {
  auto args = std::vector<std::string>{"fetch", "--progress"};
  if (limited)
    args.emplace_back(at.plan.needs_history ? depth_with_history
                                            : depth_without);
  args.insert(args.end(), {"--end-of-options", "origin", what});
  return without_value(at.remote(std::move(args)));
}

result<void> detach_at(const checkout& at, const std::string& revision) {
  return without_value(at.local({"checkout", "--quiet", "--detach", revision}));
}

/// Whether what is here of a commit is all that is wanted.
bool is_enough(const checkout& at) {
  return (at.is_new && !at.plan.needs_history) || !is_shallow(at);
}

result<std::string> fetch_commit(const checkout& at) {
  const auto& target = at.plan.target;
  auto limited = is_shallow(at);
  if (!is_object_id(target)) {
    auto tag = "refs/tags/" + target;
    if (fetch(at, "+" + tag + ":" + tag, limited))
      return tag + "^{commit}";
    // In a full clone, a short form of an id or any other name it knows.
    if (!limited && has(at, target + "^{commit}"))
      return target + "^{commit}";
    if (auto ok = fetch(at, target, limited); !ok)
      return ok.error();
    return std::string{"FETCH_HEAD^{commit}"};
  }
  auto fetched = fetch(at, target, limited);
  if (fetched)
    return target + "^{commit}";
  // Old servers hand out only what a branch points to.
  if (limited)
    static_cast<void>(
      at.remote({"fetch", "--progress", "--unshallow", "origin"}));
  if (has(at, target + "^{commit}"))
    return target + "^{commit}";
  return fetched.error();
}

result<void> to_commit(const checkout& at) {
  const auto& target = at.plan.target;
  if (is_object_id(target) && is_enough(at)
      && detach_at(at, target + "^{commit}"))
    return {};
  auto revision = fetch_commit(at);
  return revision ? detach_at(at, *revision) : result<void>{revision.error()};
}

/// Whether the remote has the branch.
result<bool> is_on_remote(const checkout& at) {
  auto call = at.remote_call({"ls-remote", "--exit-code", "--end-of-options",
                              "origin", "refs/heads/" + at.plan.target});
  auto listed = at.git.call(call);
  if (!listed)
    return listed.error();
  if (listed->exit_code != 0 && listed->exit_code != no_such_ref)
    return git_failure(call, *listed);
  return listed->exit_code == 0 && !listed->out.empty();
}

std::string tracking_branch(const std::string& name) {
  return "refs/remotes/origin/" + name;
}

result<void> fetch_branch(const checkout& at, const std::string& name) {
  auto args = std::vector<std::string>{"fetch", "--progress",
                                       "--recurse-submodules=no"};
  if (is_shallow(at))
    args.emplace_back("--depth=1");
  args.insert(args.end(),
              {"--end-of-options", "origin",
               "+refs/heads/" + name + ":" + tracking_branch(name)});
  return without_value(at.remote(std::move(args)));
}

/// Of what came a moment ago nothing is asked: each question is a round trip.
result<void> to_remote_branch(const checkout& at) {
  if (at.is_new && default_branch(at) == at.plan.target)
    return {}; // as a clone leaves it
  auto came_along = [&](const std::string& name) {
    return at.is_new && has(at, tracking_branch(name));
  };
  auto branch = at.plan.target;
  auto is_here = came_along(branch);
  auto exists = is_here ? result<bool>{true} : is_on_remote(at);
  if (!exists)
    return exists.error();
  // A build is of a name, and that may be a tag's.
  if (!*exists && !at.plan.needs_history && to_commit(at))
    return {};
  if (!*exists) {
    warn("clone", "branch " + branch
                    + " is not on the remote; starting from its default");
    branch = default_branch(at);
    if (branch.empty())
      return begin_branch(at, at.plan.target);
    is_here = came_along(branch);
  }
  if (!is_here)
    if (auto ok = fetch_branch(at, branch); !ok)
      return ok;
  // Only who works here has to know where it came from.
  auto track = at.plan.needs_history ? "--track" : "--no-track";
  // A name that was checked: it is no option.
  return without_value(at.local({"checkout", "--quiet", "-B", at.plan.target,
                                 track, tracking_branch(branch)}));
}

result<void> to_local_branch(const checkout& at) {
  if (!has(at, "refs/remotes/origin/HEAD"))
    return begin_branch(at, at.plan.target);
  return without_value(at.local({"checkout", "--quiet", "--no-track", "-B",
                                 at.plan.target, "refs/remotes/origin/HEAD"}));
}

} // namespace

result<void> realize_target(const checkout& at) {
  switch (at.plan.mode) {
    case target_mode::remote_head: return to_remote_head(at);
    case target_mode::remote_commit: return to_commit(at);
    case target_mode::remote_branch: return to_remote_branch(at);
    case target_mode::local_branch: return to_local_branch(at);
  }
  return {};
}

} // namespace berth::worker
