#include "sys/cgroup_delegation.hpp"
#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

using namespace berth;
using namespace berth::test;

namespace fs = std::filesystem;

/// A part of the v2 hierarchy in the hands of a workspace.
namespace {

constexpr uid_t workspace_user = 33333;

fs::path v2_root() {
  for (auto root : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
    if (fs::exists(fs::path{root} / "cgroup.procs"))
      return root;
  return {};
}

/// Every process forks the next one and ends, until nobody holds the pipe.
[[noreturn]] void multiply(int stop) {
  for (;;) {
    auto byte = char{};
    if (::read(stop, &byte, 1) == 0)
      ::_exit(0);
    if (::fork() != 0)
      ::_exit(0);
  }
}

struct given_group {
  given_group() { fs::create_directories(group); }
  ~given_group() {
    for (auto tries = 0; tries < 1000 && fs::exists(group); ++tries) {
      auto all = std::vector<fs::path>{group};
      for (const auto& each : fs::recursive_directory_iterator{group})
        if (each.is_directory())
          all.push_back(each.path());
      for (auto it = all.rbegin(); it != all.rend(); ++it)
        ::rmdir(it->c_str());
    }
  }

  static std::string text_of(const fs::path& file) {
    auto text = std::string{};
    std::getline(std::ifstream{file}, text, '\0');
    return text;
  }

  /// What `work` of a process of the workspace in `part/user` comes to.
  int as_workspace(const std::function<int()>& work) const {
    auto child = ::fork();
    if (child == 0) {
      auto own
        = ::open((part / "user/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
      if (::write(own, "0", 1) != 1 || ::setgroups(0, nullptr) != 0
          || ::setresgid(workspace_user, workspace_user, workspace_user) != 0
          || ::setresuid(workspace_user, workspace_user, workspace_user) != 0)
        ::_exit(255);
      ::_exit(work());
    }
    auto status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }

  fs::path group = v2_root() / "berth-test-given";
  fs::path part = group / "workspace";
};

int write_errno(const fs::path& file, const char* text) {
  auto to = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (to < 0)
    return errno;
  return ::write(to, text, ::strlen(text)) < 0 ? errno : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(iws_cgroup_attacks)

BOOST_AUTO_TEST_CASE(who_multiplies_is_moved_or_said_to_be_too_fast) {
  if (v2_root().empty()) {
    BOOST_TEST_MESSAGE("skipped: no cgroup v2 hierarchy");
    return;
  }
  auto test = given_group{};
  auto moved = 0;
  for (auto round = 0; round < 20; ++round) {
    int stop[2];
    BOOST_REQUIRE_EQUAL(::pipe2(stop, O_CLOEXEC | O_NONBLOCK), 0);
    for (auto i = 0; i < 4; ++i) {
      auto child = ::fork();
      if (child == 0) {
        ::close(stop[1]);
        std::ofstream{test.group / "cgroup.procs"} << ::getpid() << std::flush;
        multiply(stop[0]);
      }
      ::waitpid(child, nullptr, 0);
    }
    auto outcome = sys::evacuate_cgroup(test.group, "workspace");
    if (outcome) {
      ++moved;
      BOOST_TEST(given_group::text_of(test.group / "cgroup.procs") == "");
    } else {
      BOOST_TEST(code_of(outcome.error()) == ec::aborted);
    }
    ::close(stop[0]);
    ::close(stop[1]);
    // They end as soon as they hear of it.
    while (given_group::text_of(test.group / "cgroup.procs") != ""
           || given_group::text_of(test.part / "cgroup.procs") != "") {
    }
  }
  BOOST_TEST_MESSAGE("moved in " << moved << " of 20 rounds");
}

BOOST_AUTO_TEST_CASE(what_is_given_reaches_no_further) {
  if (v2_root().empty()) {
    BOOST_TEST_MESSAGE("skipped: no cgroup v2 hierarchy");
    return;
  }
  auto test = given_group{};
  BOOST_REQUIRE(sys::evacuate_cgroup(test.group, "workspace"));
  BOOST_REQUIRE(sys::evacuate_cgroup(test.part, "user"));
  BOOST_REQUIRE(sys::delegate_cgroup(test.part, "user", workspace_user));
  fs::create_directory(test.group / "other");
  auto errno_of = [&](const fs::path& file, const char* text) {
    return test.as_workspace([&] { return write_errno(file, text); });
  };
  // Its own may be divided.
  BOOST_TEST(test.as_workspace([&] {
    return ::mkdir((test.part / "mine").c_str(), 0755) < 0 ? errno : 0;
  }) == 0);
  BOOST_TEST(errno_of(test.part / "mine/cgroup.procs", "0") == 0);
  // Not what is above or beside it,
  for (auto where : {test.group, test.group / "other", v2_root()})
    BOOST_TEST(errno_of(where / "cgroup.procs", "0") == EACCES, where);
  for (auto where :
       {test.group / "x", test.part / "../x", test.part / "user/../../x"})
    BOOST_TEST(test.as_workspace([&] {
      return ::mkdir(where.c_str(), 0755) < 0 ? errno : 0;
    }) == EACCES,
               where);
  // nor what limits it.
  for (const auto& file : fs::directory_iterator{test.part}) {
    struct stat found {};
    auto name = file.path().filename().native();
    if (::stat(file.path().c_str(), &found) < 0 || !S_ISREG(found.st_mode)
        || found.st_uid == workspace_user || (found.st_mode & 0200) == 0)
      continue;
    BOOST_TEST(errno_of(file.path(), "max") == EACCES, name);
  }
  // And it is not without an end.
  auto made = test.as_workspace([&] {
    auto count = 0;
    for (; count < 2000; ++count)
      if (::mkdir((test.part / ("n" + std::to_string(count))).c_str(), 0755)
          < 0)
        break;
    return count >= 900 && count <= 1000 && errno == EAGAIN ? 0 : 1;
  });
  BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_SUITE_END()
