#include "app/berthd/cgroup_cleanup.hpp"

#include "core/layout.hpp"
#include "core/log.hpp"
#include "sys/cgroup.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr auto builds_patience = 10s;
constexpr auto monitors_patience = 1s;

/// Monitors end a moment after their containers.
void remove_monitors_cgroup(const std::filesystem::path& path,
                            std::chrono::steady_clock::time_point until) {
  while (::rmdir(path.c_str()) < 0 && errno == EBUSY
         && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(10ms);
}

} // namespace

void remove_build_cgroups(const settings& settings) {
  auto cgroups = sys::find_cgroups();
  if (!cgroups)
    return;
  auto where = layout{settings};
  auto err = std::error_code{};
  for (const auto& each :
       std::filesystem::directory_iterator{where.builds(), err}) {
    auto id = each.path().filename().native();
    auto gone
      = sys::remove_cgroup(*cgroups, where.build_cgroup(id), builds_patience);
    if (!gone)
      log_warning("build-cgroup-not-removed", id, describe(gone.error()));
  }
}

void remove_empty_cgroups(const settings& settings) {
  auto cgroups = sys::find_cgroups();
  if (!cgroups)
    return;
  auto where = layout{settings};
  auto until = std::chrono::steady_clock::now() + monitors_patience;
  for (const auto& root : cgroups->roots) {
    remove_monitors_cgroup(root / where.monitors_cgroup(), until);
    auto ours = root / where.cgroup();
    if (::rmdir(ours.c_str()) == 0 || errno == ENOENT)
      ::rmdir(ours.parent_path().c_str());
  }
}

} // namespace berth
