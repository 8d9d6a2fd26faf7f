#include "sys/cgroup_delegation.hpp"
#include "sys/cgroup_usage.hpp"
#include "test/iws_kernel/fixture.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

using namespace berth;
using namespace berth::test;

namespace fs = std::filesystem;

namespace {

/// Where this machine has a v2 hierarchy, with or without controllers.
fs::path unified_root() {
  for (auto root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
    if (fs::exists(fs::path{root} / "cgroup.procs")
        && fs::exists(fs::path{root} / "cgroup.controllers"))
      return root;
  return {};
}

std::string text_of(const fs::path& file) {
  auto text = std::string{};
  std::getline(std::ifstream{file}, text, '\0');
  return text;
}

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream{file} << text;
}

/// A v2 cgroup with some processes in it.
struct unified_group {
  unified_group() {
    fs::create_directory(group);
    for (auto i = 0; i < 5; ++i) {
      auto child = ::fork();
      if (child == 0)
        for (;;)
          ::pause();
      children.push_back(child);
      std::ofstream{group / "cgroup.procs"} << child << std::flush;
    }
  }
  ~unified_group() {
    for (auto child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    for (auto name : {"workspace/user/mine", "workspace/user", "workspace", ""})
      ::rmdir((group / name).c_str());
  }

  fs::path group = unified_root() / "berth-test-delegation";
  std::vector<pid_t> children;
};

uid_t owner_of(const fs::path& path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return found.st_uid;
}

} // namespace

BOOST_AUTO_TEST_SUITE(iws_cgroups)

BOOST_AUTO_TEST_CASE(a_group_is_emptied_into_its_child) {
  if (unified_root().empty()) {
    BOOST_TEST_MESSAGE("skipped: no cgroup v2 hierarchy");
    return;
  }
  auto test = unified_group{};
  BOOST_TEST(text_of(test.group / "cgroup.procs") != "");
  BOOST_REQUIRE(sys::evacuate_cgroup(test.group, "workspace"));
  BOOST_TEST(text_of(test.group / "cgroup.procs") == "");
  auto moved = text_of(test.group / "workspace/cgroup.procs");
  BOOST_TEST(std::count(moved.begin(), moved.end(), '\n') == 5);
  BOOST_REQUIRE(sys::evacuate_cgroup(test.group, "workspace"));
  BOOST_REQUIRE(sys::evacuate_cgroup(test.group / "workspace", "user"));
  BOOST_TEST(text_of(test.group / "workspace/user/cgroup.procs") == moved);
}

BOOST_AUTO_TEST_CASE(a_part_is_handed_over_without_its_limits) {
  if (unified_root().empty()) {
    BOOST_TEST_MESSAGE("skipped: no cgroup v2 hierarchy");
    return;
  }
  auto test = unified_group{};
  auto part = test.group / "workspace";
  BOOST_REQUIRE(sys::evacuate_cgroup(test.group, "workspace"));
  BOOST_REQUIRE(sys::evacuate_cgroup(part, "user"));
  BOOST_REQUIRE(sys::delegate_cgroup(part, "user", 33333));
  for (const auto& at : {part, part / "user"}) {
    BOOST_TEST(owner_of(at) == 33333U);
    for (const auto& file : fs::directory_iterator{at}) {
      auto name = file.path().filename().native();
      auto handed_over = name == "cgroup.procs" || name == "cgroup.threads"
                         || name == "cgroup.subtree_control" || name == "user";
      BOOST_TEST(owner_of(file) == (handed_over ? 33333U : 0U), name);
    }
  }
  BOOST_TEST(owner_of(test.group) == 0U);
  BOOST_TEST(owner_of(test.group / "cgroup.procs") == 0U);
  BOOST_TEST(text_of(part / "cgroup.max.descendants") == "1000\n");
}

BOOST_AUTO_TEST_CASE(usage_of_v2_is_read_from_its_files) {
  auto dir = fs::path{"/tmp/berth-usage-" + std::to_string(::getpid())};
  auto group = dir / "a/b";
  put(group / "cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
  put(group / "cpu.max", "150000 100000\n");
  put(group / "memory.current", "1000000\n");
  put(group / "memory.stat", "anon 5\ninactive_file 300000\ninactive_anon 9\n");
  put(group / "memory.max", "268435456\n");
  auto layout = sys::cgroup_layout{{dir}, true};
  auto usage = sys::read_usage(layout, "a/b");
  BOOST_REQUIRE(usage);
  BOOST_TEST(usage->cpu_time.count() == 1'500'000'000);
  BOOST_TEST(*usage->cpu_limit_millis == 1500U);
  BOOST_TEST(usage->memory_bytes == 700000U);
  BOOST_TEST(*usage->memory_limit_bytes == 268435456U);
  put(group / "cpu.max", "max 100000\n");
  put(group / "memory.max", "max\n");
  put(group / "memory.current", "100\n");
  usage = sys::read_usage(layout, "a/b");
  BOOST_REQUIRE(usage);
  BOOST_TEST(!usage->cpu_limit_millis);
  BOOST_TEST(!usage->memory_limit_bytes);
  BOOST_TEST(usage->memory_bytes == 0U);
  for (auto text : {"", "0 0\n", "100000\n", "100000 0\n"}) {
    put(group / "cpu.max", text);
    usage = sys::read_usage(layout, "a/b");
    BOOST_REQUIRE(usage);
    BOOST_TEST(!usage->cpu_limit_millis);
  }
  auto gone = sys::read_usage(layout, "a/c");
  BOOST_REQUIRE(!gone);
  BOOST_TEST(code_of(gone.error()) == ec::not_found);
  fs::remove_all(dir);
}

BOOST_AUTO_TEST_CASE(cpu_use_is_what_changed_between_samples) {
  auto before = usage_sample{10s, 100s, 2000, 0, 0};
  auto after = usage_sample{12s, 101s, 2000, 0, 0};
  BOOST_TEST(cpu_millis_between(before, after) == 500U);
  BOOST_TEST(cpu_millis_between(after, before) == 0U);
  BOOST_TEST(cpu_millis_between(after, after) == 0U);
  auto anew = usage_sample{13s, 1s, 2000, 0, 0};
  BOOST_TEST(cpu_millis_between(after, anew) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_workspaces_usage_is_its_own, iws_node) {
  auto w1 = start_one("w1");
  auto first = tell<usage_sample>(hands.cgroup(), read_usage{w1.cgroup});
  BOOST_REQUIRE(first);
  BOOST_TEST(first->memory_limit_bytes == 256U << 20);
  BOOST_TEST(first->cpu_limit_millis == 1500U);
  BOOST_TEST(first->memory_bytes < first->memory_limit_bytes);
  sh("w1", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  auto second = tell<usage_sample>(hands.cgroup(), read_usage{w1.cgroup});
  BOOST_REQUIRE(second);
  BOOST_TEST(second->cpu_time.count() > first->cpu_time.count());
  BOOST_TEST(cpu_millis_between(*first, *second) > 0U);
  BOOST_TEST(code<usage_sample>(hands.cgroup(), read_usage{"berth/none"})
             == ec::not_found);
}

BOOST_FIXTURE_TEST_CASE(version_one_has_nothing_to_delegate, iws_node) {
  auto layout = sys::find_cgroups();
  BOOST_REQUIRE(layout);
  if (layout->unified) {
    BOOST_TEST_MESSAGE("skipped: this machine has cgroup v2");
    return;
  }
  auto w1 = start_one("w1");
  auto before = sh("w1", "cat /proc/1/cgroup");
  for (auto i = 0; i < 2; ++i) {
    BOOST_TEST(code(hands.cgroup(), divide_cgroup{w1}) == ec::none);
    BOOST_TEST(code(hands.cgroup(), delegate_cgroup{w1}) == ec::none);
  }
  BOOST_TEST(sh("w1", "cat /proc/1/cgroup") == before);
}

BOOST_AUTO_TEST_SUITE_END()
