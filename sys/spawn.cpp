#include "sys/spawn.hpp"

#include "sys/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include <algorithm>
#include <cerrno>

namespace berth::sys {

namespace {

struct file_actions {
  file_actions() { ::posix_spawn_file_actions_init(&raw); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
  ~file_actions() { ::posix_spawn_file_actions_destroy(&raw); }
  posix_spawn_file_actions_t raw;
};

struct attributes {
  attributes() {
    ::posix_spawnattr_init(&raw);
    auto signals = sigset_t{};
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&raw, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&raw, &signals);
    ::posix_spawnattr_setflags(&raw, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK
                                       | POSIX_SPAWN_SETSIGDEF);
  }
  attributes(const attributes&) = delete;
  attributes& operator=(const attributes&) = delete;
  ~attributes() { ::posix_spawnattr_destroy(&raw); }
  posix_spawnattr_t raw;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  auto result = std::vector<char*>{};
  result.reserve(strings.size() + 1);
  for (auto& str : strings)
    result.push_back(const_cast<char*>(str.c_str()));
  result.push_back(nullptr);
  return result;
}

/// Plans the child's descriptors. Sources are first copied above every target,
/// so that no target overwrites a source that is still needed; the copies live
/// in `copies` until the child has them.
result<void> plan_descriptors(const spawn_spec& spec, file_actions& actions,
                              std::vector<fd>& copies) {
  auto beyond = 3;
  for (auto [ours, theirs] : spec.fds)
    beyond = std::max(beyond, theirs + 1);
  for (auto [ours, theirs] : spec.fds) {
    copies.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, beyond));
    if (!copies.back())
      return errno_error(errno, "fcntl(F_DUPFD_CLOEXEC)", std::to_string(ours));
  }
  for (auto number = 3; number < beyond; ++number)
    ::posix_spawn_file_actions_addclose(&actions.raw, number);
  for (size_t i = 0; i < copies.size(); ++i)
    ::posix_spawn_file_actions_adddup2(&actions.raw, copies[i].get(),
                                       spec.fds[i].second);
  ::posix_spawn_file_actions_addclosefrom_np(&actions.raw, beyond);
  return {};
}

} // namespace

result<spawned> spawn(const spawn_spec& spec) {
  if (spec.argv.empty() || !spec.argv.front().starts_with('/'))
    return make_error(ec::invalid_argument, "spawn: no absolute program path");
  auto actions = file_actions{};
  auto copies = std::vector<fd>{};
  if (auto planned = plan_descriptors(spec, actions, copies); !planned)
    return planned.error();
  ::posix_spawn_file_actions_addchdir_np(&actions.raw, spec.cwd.c_str());
  auto attrs = attributes{};
  auto child = spawned{};
  auto err = ::posix_spawn(&child.pid, spec.argv.front().c_str(), &actions.raw,
                           &attrs.raw, pointers(spec.argv).data(),
                           pointers(spec.env).data());
  if (err != 0)
    return errno_error(err, "posix_spawn", spec.argv.front());
  auto pidfd = open_pidfd(child.pid);
  if (!pidfd) {
    ::kill(child.pid, SIGKILL);
    (void)wait_child(child.pid);
    return pidfd.error();
  }
  child.pidfd = std::move(*pidfd);
  return child;
}

} // namespace berth::sys
