#include "app/berth-worker/git/program.hpp"
#include "app/berth-worker/jobs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

namespace berth::worker {

namespace {

/// As the owner of any content.
constexpr auto mirror_owner = identity{33333, 33333};

constexpr auto fetched_branches = "+refs/heads/*:refs/heads/*";
constexpr auto fetched_tags = "+refs/tags/*:refs/tags/*";

/// Counts packs, and removes what a fetch that was killed left.
result<uint64_t> look_at_packs(int mirror) {
  auto directory = open_beneath(mirror, "objects/pack", O_RDONLY | O_DIRECTORY);
  if (!directory)
    return directory.error();
  auto names = names_in(directory->get());
  if (!names)
    return names.error();
  auto packs = uint64_t{0};
  for (const auto& name : *names) {
    packs += name.ends_with(".pack") ? 1 : 0;
    if (name.starts_with("tmp_"))
      ::unlinkat(directory->get(), name.c_str(), 0);
  }
  return packs;
}

result<void> begin_mirror(const git_program& git, int directory) {
  auto empty = is_empty_directory(directory);
  if (!empty)
    return empty.error();
  if (!*empty)
    return {};
  if (::fchown(directory, mirror_owner.uid, mirror_owner.gid) < 0)
    return errno_error(errno, "fchown", "mirror");
  auto made = git.run({directory, {"init", "--bare", "--quiet", "."}, nullptr});
  if (!made)
    return made.error();
  return {};
}

} // namespace

result<worker_outcome> run(const mirror_job& job) {
  auto url = parse_git_url(job.url);
  if (!url)
    return url.error();
  auto policy = network_policy::make(job.denied_networks);
  if (!policy)
    return policy.error();
  auto directory = open_directory(job.destination);
  if (!directory)
    return directory.error();
  auto git = git_program::make(mirror_owner, false);
  if (!git)
    return git.error();
  if (auto begun = begin_mirror(**git, directory->get()); !begun)
    return begun.error();
  if (auto cleared = look_at_packs(directory->get()); !cleared)
    return cleared.error();
  auto credentials = std::optional<git_credentials>{};
  if (!job.user.empty() || !job.password.empty())
    credentials = git_credentials{job.user, job.password};
  auto remote = reach(job.url, *url, std::move(credentials), *policy);
  if (!remote)
    return remote.error();
  // Never loose objects: a clone copies whole packs.
  auto fetched = (*git)->run(
    {directory->get(),
     {"-c", "fetch.unpackLimit=1", "fetch", "--progress", "--prune",
      "--no-write-fetch-head", "--no-auto-maintenance", "--end-of-options",
      job.url, fetched_branches, fetched_tags},
     &*remote});
  if (!fetched)
    return fetched.error();
  auto packs = look_at_packs(directory->get());
  if (!packs)
    return packs.error();
  return mirror_outcome{*packs};
}

} // namespace berth::worker
