#include "sys/cgroup_delegation.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr auto most_rounds = 50;
constexpr auto file_bytes = size_t{1} << 20;
/// The kernel keeps state for each, in nobody's memory limit but ours.
constexpr auto most_descendants = "1000";
constexpr auto most_depth = "16";

/// cgroups(7), "Delegating a hierarchy": no more than these.
constexpr const char* delegated_files[]
  = {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};

result<void> write_to(const fs::path& file, const std::string& text) {
  auto to = fd{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!to)
    return errno_error(errno, "open", file.native());
  if (::write(to.get(), text.data(), text.size()) < 0)
    return errno_error(errno, "write", file.native());
  return {};
}

/// Whether nothing was there to be moved.
result<bool> move_once(const fs::path& group, const fs::path& child) {
  auto list = read_file(group / "cgroup.procs", file_bytes);
  if (!list)
    return list.error();
  auto lines = std::istringstream{*list};
  auto was_empty = true;
  for (auto pid = std::string{}; std::getline(lines, pid);) {
    was_empty = false;
    // ESRCH: it ended. "0" is one that we cannot see.
    auto moved = write_to(child / "cgroup.procs", pid);
    if (!moved && !is_errno(moved.error(), ESRCH))
      return moved.error();
  }
  return was_empty;
}

result<void> pass_on(const fs::path& group) {
  auto available = read_file(group / "cgroup.controllers", file_bytes);
  if (!available)
    return available.error();
  auto words = std::istringstream{*available};
  for (auto controller = std::string{}; words >> controller;)
    if (auto passed
        = write_to(group / "cgroup.subtree_control", "+" + controller);
        !passed)
      return passed;
  return {};
}

result<void> give(const fs::path& what, uid_t user) {
  if (::fchownat(AT_FDCWD, what.c_str(), user, user, AT_SYMLINK_NOFOLLOW) < 0)
    return errno_error(errno, "fchownat", what.native());
  return {};
}

} // namespace

result<void> evacuate_cgroup(const fs::path& group, const std::string& name) {
  auto child = group / name;
  if (::mkdir(child.c_str(), 0755) < 0 && errno != EEXIST)
    return errno_error(errno, "mkdir", child.native());
  for (auto round = 0; round < most_rounds; ++round) {
    auto was_empty = move_once(group, child);
    if (!was_empty)
      return was_empty.error();
    if (*was_empty)
      return pass_on(group);
  }
  return make_error(ec::aborted,
                    "cgroup " + group.native() + " does not get empty");
}

result<void> delegate_cgroup(const fs::path& group, const std::string& name,
                             uid_t user) {
  const std::pair<const char*, const char*> limits[] = {
    {"cgroup.max.descendants", most_descendants},
    {"cgroup.max.depth", most_depth},
  };
  for (auto [file, most] : limits)
    if (auto limited = write_to(group / file, most); !limited)
      return limited;
  for (const auto& dir : {group, group / name}) {
    if (auto given = give(dir, user); !given)
      return given;
    for (auto file : delegated_files)
      if (auto given = give(dir / file, user); !given)
        return given;
  }
  return {};
}

} // namespace berth::sys
