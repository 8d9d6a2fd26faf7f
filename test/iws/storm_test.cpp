#include "test/iws/workspace.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

/// Many calls, and a node that dies among them.
namespace berth::e2e {

using namespace std::chrono_literals;

namespace {

struct stormy_workspace : mounting_workspace {
  /// What of this machine the service could have left something in.
  std::string machine() const {
    auto mounts
      = std::ifstream{"/proc/" + std::to_string(pid()) + "/mountinfo"};
    auto text = std::string{};
    for (auto line = std::string{}; std::getline(mounts, line);)
      if (line.find(dir().native()) != line.npos)
        text += line.substr(line.find(' ')) + "\n";
    return text
           + run({"/bin/sh", "-c",
                  "ls /tmp /var/tmp | grep -i -e staging -e umount; ps -eo "
                  "args= | grep -c \"^$0/berth-[n]s\"; true",
                  std::getenv("BERTH_BIN")})
               .text;
  }

  /// Whether it is so again once what was under way is over.
  bool settles_at(const std::string& before) const {
    auto until = std::chrono::steady_clock::now() + 10s;
    while (machine() != before)
      if (std::chrono::steady_clock::now() > until)
        return false;
    return true;
  }

  /// How many lines of the rings were this.
  int count(const std::string& line) const {
    return static_cast<int>(std::count(lines.begin(), lines.end(), line));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(storms_in_a_workspace, stormy_workspace)

BOOST_AUTO_TEST_CASE(end_where_there_are_mounts_enough) {
  auto before = machine();
  auto bad = tries(100, 1000), good = tries(100, 10'000);
  auto script
    = "mkdir -p /tmp/m; i=0; while [ $i -lt " + std::to_string(bad)
      + " ]; do ring ask MountProc /tmp/m/none; i=$((i+1)); done; "
        "i=0; while [ $i -lt "
      + std::to_string(good)
      + " ]; do mkdir /tmp/m/$i; ring ask MountProc /tmp/m/$i; "
        "i=$((i+1)); done; echo \"there: $(grep -c ' /tmp/m/[0-9]* ' "
        "/proc/self/mountinfo)\"; umount -l /tmp/m/0 /tmp/m/1; ring ask "
        "MountProc /tmp/m/0";
  BOOST_TEST(run_rings(script, 600s) == 0);
  BOOST_TEST(count("NOT_FOUND cannot mount proc") == bad);
  // One of the 64 is the innermost ring's own. Two are taken away, for the
  // sysfs that the ring has from above is counted as one of them.
  BOOST_TEST(steps["there"] == "63");
  BOOST_TEST(count("OK {}") == 64);
  BOOST_TEST(count("RESOURCE_EXHAUSTED cannot mount proc") == good - 63);
  BOOST_TEST(settles_at(before));
}

BOOST_AUTO_TEST_CASE(go_on_when_the_node_dies) {
  auto made = exec(id, {"mkfifo", "/workspace/up", "/workspace/end"});
  BOOST_REQUIRE_MESSAGE(made.code == 0, made.text);
  auto script = "echo up > /workspace/up; until [ -e /workspace/enough ]; do "
                "ring storm 3 5; done; ring ask MountProc /tmp && ls "
                "/tmp/1/comm; echo over > /workspace/end";
  auto before = machine();
  exec(id,
       {"sh", "-c",
        "setsid ring run \"$0\" > /workspace/said 2>&1 < /dev/null &", script});
  BOOST_REQUIRE(exec(id, {"cat", "/workspace/up"}).text == "up\n");
  for (auto i = 0; i < tries(4, 200); ++i) {
    crash();
    begin();
    BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
  }
  exec(id, {"touch", "/workspace/enough"});
  exec(id, {"cat", "/workspace/end"}, 120s);
  auto said = exec(id, {"cat", "/workspace/said"}).text;
  BOOST_TEST_MESSAGE(said);
  BOOST_TEST(said.find("OK {}\n/tmp/1/comm\n") != said.npos);
  BOOST_TEST(settles_at(before));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::e2e
