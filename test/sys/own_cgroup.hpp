#pragma once

#include "sys/cgroup.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

namespace berth::test {

inline constexpr auto patience = std::chrono::seconds{20};

/// A cgroup of a test's own in every hierarchy.
struct cgroups {
  cgroups() { need(sys::make_cgroup(layout, name)); }
  ~cgroups() { (void)sys::remove_cgroup(layout, name, patience); }

  void remove() { need(sys::remove_cgroup(layout, name, patience)); }

  bool exists() const {
    return std::any_of(
      layout.roots.begin(), layout.roots.end(),
      [&](auto& root) { return std::filesystem::exists(root / name); });
  }

  /// A process in `sub` of it, in every hierarchy.
  sys::spawned join(const std::string& sub, const std::string& command) {
    auto spec = sys::spawn_spec{};
    spec.argv = {"/bin/sh", "-c", ""};
    if (layout.unified) // one that passes controllers on takes no processes
      std::filesystem::create_directories(layout.roots.front() / name / sub);
    else
      need(sys::make_cgroup(layout, sub.empty() ? name : name + "/" + sub));
    for (auto& root : layout.roots) {
      auto procs = root / name / sub / "cgroup.procs";
      spec.argv[2] += "echo $$ >" + procs.native() + " && ";
    }
    spec.argv[2] += "{ echo in; " + command + "; }";
    int raw[2];
    BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
    auto reader = sys::fd{raw[0]};
    auto writer = sys::fd{raw[1]};
    spec.fds = {{writer.get(), 1}};
    auto child = need(sys::spawn(spec));
    writer = sys::fd{};
    char word[4];
    BOOST_REQUIRE_EQUAL(::read(reader.get(), word, 3), 3);
    return child;
  }

  /// Where the v2 hierarchy is, on a machine that has both too.
  static std::filesystem::path version_2() {
    auto unified = std::filesystem::path{"/sys/fs/cgroup/unified"};
    return std::filesystem::exists(unified / "cgroup.procs")
             ? unified
             : std::filesystem::path{"/sys/fs/cgroup"};
  }

  static bool has_version_2() {
    auto there = std::filesystem::exists(version_2() / "cgroup.controllers");
    if (!there)
      BOOST_TEST_MESSAGE("skipped: no cgroup v2 hierarchy is mounted");
    return there;
  }

  /// From now on it is one there.
  void move_to_version_2() {
    remove();
    layout.roots = {version_2()};
    layout.unified = true;
    need(sys::make_cgroup(layout, name));
  }

  sys::cgroup_layout layout = need(sys::find_cgroups());
  std::string name = "berth-test-" + std::to_string(::getpid());
};

} // namespace berth::test
