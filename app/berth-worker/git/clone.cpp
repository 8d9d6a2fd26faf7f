#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/git/failure.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>

#include <random>
#include <thread>

namespace berth::worker {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto first_pause = milliseconds{500};
constexpr auto longest_pause = milliseconds{60'000};
constexpr double pause_growth = 1.5;
constexpr auto budget = std::chrono::minutes{5};
/// A name that does not resolve is far more often a typo than bad luck.
constexpr auto budget_if_unreachable = std::chrono::seconds{20};

std::vector<std::string> clone_command(const git_plan& plan,
                                       const std::string& mirror) {
  auto args = std::vector<std::string>{"clone", "--progress"};
  if (!plan.full)
    args.insert(args.end(), {"--depth=1", "--shallow-submodules"});
  if (!plan.filter.empty())
    args.push_back("--filter=" + plan.filter);
  if (!mirror.empty())
    args.push_back("--reference=" + mirror);
  // Of a shallow clone git copies what it needs; of a full one we do, faster.
  if (!mirror.empty() && !plan.full)
    args.emplace_back("--dissociate");
  for (auto* entry :
       {"fetch.writeCommitGraph=true", "checkout.defaultRemote=origin"})
    args.insert(args.end(), {"--config", entry});
  for (const auto& [key, value] : plan.config)
    args.insert(args.end(), {"--config", key + "=" + value});
  // That server's HTTP/2 breaks off long answers.
  if (plan.remote.find("gitlab.com") != plan.remote.npos)
    args.insert(args.end(), {"--config", "http.version=HTTP/1.1"});
  args.insert(args.end(),
              {"--template=", "--end-of-options", plan.remote, "."});
  return args;
}

milliseconds jittered(milliseconds pause) {
  static auto random = std::minstd_rand{std::random_device{}()};
  auto factor = std::uniform_real_distribution{0.5, 1.5}(random);
  return std::chrono::duration_cast<milliseconds>(pause * factor);
}

/// A shallow clone follows one branch; whoever works here wants to see all.
void widen(const checkout& at) {
  if (at.plan.full || !at.plan.needs_history)
    return;
  if (auto ok = at.local({"config", "--replace-all", "remote.origin.fetch",
                          "+refs/heads/*:refs/remotes/origin/*"});
      !ok)
    report({"clone", describe(ok.error()), 0, 0});
}

} // namespace

bool is_working_copy(int directory) {
  return static_cast<bool>(
    open_beneath(directory, ".git", O_PATH | O_DIRECTORY));
}

namespace {

result<void> clone_once(const checkout& at, const std::string& mirror) {
  auto cloned = at.remote(clone_command(at.plan, mirror));
  if (!cloned)
    return cloned.error();
  return mirror.empty() || !at.plan.full ? result<void>{}
                                         : copy_borrowed_objects(at);
}

/// Whether what is borrowed may be to blame, and not the remote.
bool may_be_the_mirrors(const caf::error& why) {
  auto code = code_of(why);
  return code != ec::permission_denied && code != ec::not_found
         && code != ec::exhausted && code != ec::unavailable;
}

} // namespace

result<bool> clone(const checkout& at) {
  auto started = clock::now();
  auto mirror = at.mirror;
  auto is_of_use = true;
  for (auto pause = first_pause;;) {
    auto cloned = clone_once(at, mirror);
    if (cloned)
      break;
    auto why = cloned.error();
    if (!std::exchange(mirror, {}).empty() && may_be_the_mirrors(why)) {
      is_of_use = false;
      report({"clone", "without the mirror: " + describe(why), 0, 0});
      if (auto ok = empty_directory(at.directory); !ok)
        return ok.error();
      continue;
    }
    auto limit = is_unreachable(why) ? budget_if_unreachable
                                     : std::chrono::seconds{budget};
    auto wait = jittered(pause);
    if (code_of(why) != ec::unavailable
        || clock::now() - started + wait > limit)
      return why;
    report({"clone", "trying again: " + describe(why), 0, 0});
    std::this_thread::sleep_for(wait);
    pause = std::min(longest_pause, std::chrono::duration_cast<milliseconds>(
                                      pause * pause_growth));
    if (auto ok = empty_directory(at.directory); !ok)
      return ok.error();
  }
  widen(at);
  return is_of_use;
}

result<void> add_upstream(const checkout& at) {
  if (at.plan.upstream.empty())
    return {};
  const auto& url = at.plan.upstream_url;
  auto same_origin = url.origin() == at.plan.url.origin();
  auto upstream
    = reach(at.plan.upstream, url,
            same_origin ? at.origin.credentials : std::nullopt, at.policy);
  if (!upstream)
    return upstream.error();
  if (auto ok = at.local({"remote", "add", "upstream", at.plan.upstream}); !ok)
    return ok.error();
  auto fetched = at.git.run(
    {at.directory, {"fetch", "--progress", "upstream"}, &*upstream});
  if (!fetched)
    return fetched.error();
  return {};
}

result<bool> run_git(const git_program& git, const network_policy& policy,
                     const git_plan& plan, int root,
                     const std::string& mirror) {
  auto dir = make_directories(root, plan.location, 0775, git.user());
  if (!dir)
    return make_error(ec::invalid_argument,
                      "checkout location: " + describe(dir.error()));
  if (is_working_copy(dir->get()))
    return true;
  auto empty = is_empty_directory(dir->get());
  if (!empty)
    return empty.error();
  if (!*empty)
    return make_error(ec::failed_precondition, "checkout location /workspace/"
                                                 + plan.location
                                                 + " is not empty");
  auto credentials = find_credentials(plan, policy);
  if (!credentials)
    return credentials.error();
  auto origin = reach(plan.remote, plan.url, std::move(*credentials), policy);
  if (!origin)
    return origin.error();
  auto at = checkout{git, policy, plan, std::move(*origin), dir->get(), mirror};
  at.is_partial = !plan.filter.empty();
  if (at.is_partial)
    at.mirror.clear(); // it would be copied as a whole
  auto cloned = clone(at);
  if (!cloned)
    return cloned;
  at.is_new = true;
  if (auto ok = realize_target(at); !ok)
    return ok.error();
  fetch_lfs_files(at);
  if (auto ok = add_upstream(at); !ok)
    return ok.error();
  update_submodules(at);
  return cloned;
}

} // namespace berth::worker
