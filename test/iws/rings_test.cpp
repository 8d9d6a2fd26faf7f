#include "test/iws/workspace.hpp"

#include <chrono>
#include <sstream>

namespace berth::e2e {

using namespace std::chrono_literals;

namespace {

constexpr auto once_only = "RESOURCE_EXHAUSTED can be used only once";

/// Rings that run on while the node is restarted. Their script says "up" when
/// it has come to its middle, and waits there.
struct lasting_rings : served_workspace {
  void begin_rings(const std::string& then) {
    auto script = "echo up > /workspace/up; cat /workspace/go; " + then;
    auto made = exec(id, {"mkfifo", "/workspace/up", "/workspace/go"});
    BOOST_REQUIRE_MESSAGE(made.code == 0, made.text);
    exec(id, {"sh", "-c",
              "setsid ring run \"$0\" > /workspace/said 2>&1 < /dev/null &",
              script});
    BOOST_REQUIRE(exec(id, {"cat", "/workspace/up"}).text == "up\n");
  }

  /// Lets them end; what they have said.
  std::string end_rings() {
    exec(id, {"sh", "-c", "mkfifo /workspace/end; echo on > /workspace/go"});
    exec(id, {"cat", "/workspace/end"});
    return exec(id, {"cat", "/workspace/said"}).text;
  }
};

bool says(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_rings_of_a_workspace, served_workspace)

BOOST_AUTO_TEST_CASE(come_up_as_the_stock_client_makes_them) {
  auto code = run_rings(R"sh(
    echo "me: $$ $(cat /proc/$$/comm) $(id -u)"
    echo "keys: $(cat /proc/keys | wc -c)"
    echo "timers: $(cat /proc/timer_list 2>/dev/null | wc -c)"
    echo "acpi: $(ls /proc/acpi 2>/dev/null | wc -l)"
    (echo 1 > /proc/sys/vm/drop_caches) 2>&1 | grep -o 'Read-only.*'
    ip -o -4 addr show eth0 | grep -o 'inet [^ ]*'
    ip route | grep default
    ip link show lo | grep -o 'LOOPBACK,UP'
    echo "ipv6 off: $(cat /proc/sys/net/ipv6/conf/all/disable_ipv6)"
    echo "files: $(stat -c %u /bin/busybox) $(stat -c %u /workspace)"
    touch /made-by-root && echo "new: $(stat -c %u /made-by-root)"
    exit 7)sh");
  BOOST_TEST(code == 7);
  BOOST_TEST(steps["prepare"].starts_with("OK {\"fsShift\":\"SHIFTFS\""));
  BOOST_TEST(steps["prepare"].find("\"persistentVolumeClaim\":false")
             != std::string::npos);
  BOOST_TEST(steps["mark"] == "shows the root");
  BOOST_TEST(steps["/dev/net/tun"] == "device 10:200 666 33333");
  BOOST_TEST(steps["/dev/fuse"] == "device 10:229 666 33333");
  BOOST_TEST(steps["uid mapping"].starts_with("OK "));
  BOOST_TEST(steps["gid mapping"].starts_with("OK "));
  // In a namespace of ids of its own: those, as they are seen there.
  auto map = has_compatible_containers() ? "0 33333 1 1 100000 65534"
                                         : "0 0 1 1 1 65534";
  BOOST_TEST(steps["uid_map"] == map);
  BOOST_TEST(steps["gid_map"] == map);
  BOOST_TEST(steps["root"]
             == (has_compatible_containers() ? "mounted as shiftfs" : "bound"));
  BOOST_TEST(steps["setgroups"] == "allow");
  BOOST_TEST(steps["proc"] == "OK {}");
  BOOST_TEST(steps["me"] == "1 sh 0");
  BOOST_TEST(steps["keys"] == "0");
  BOOST_TEST(steps["timers"] == "0");
  BOOST_TEST(steps["acpi"] == "0");
  BOOST_TEST(says(lines, "Read-only file system"));
  BOOST_TEST(steps["cgroup"] == "OK {}");
  BOOST_TEST(steps["veths"] == "OK {}");
  BOOST_TEST(says(lines, "inet 10.0.5.2/30"));
  BOOST_TEST(says(lines, "default via 10.0.5.1 dev eth0 "));
  BOOST_TEST(says(lines, "LOOPBACK,UP"));
  BOOST_TEST(steps["ipv6 off"] == "1");
  BOOST_TEST(steps["files"] == "0 33333");
  BOOST_TEST(steps["new"] == "0");
  BOOST_TEST(steps["teardown"] == "OK {\"success\":true}");
  BOOST_TEST(exec(id, {"ls", "/.workspace/mark"}).text == "");
}

BOOST_AUTO_TEST_CASE(mount_what_a_nested_container_needs) {
  auto code = run_rings(R"sh(
    mkdir -p /tmp/nest/proc /tmp/nest/sys
    unshare -m -p -n -f sh -c '
      ring ask MountProc /tmp/nest/proc
      ring ask MountSysfs /tmp/nest/sys
      echo "nested: $(ls -d /tmp/nest/proc/[0-9]* | wc -l) $(cat /tmp/nest/proc/1/comm)"
      echo "nested keys: $(cat /tmp/nest/proc/keys | wc -c)"
      echo "nested links: $(ls /tmp/nest/sys/class/net | tr "\n" " ")"
      echo "firmware: $(ls /tmp/nest/sys/firmware | wc -l)"
      umount /tmp/nest/proc/keys 2>/dev/null || echo "mask: stays"
      mount -o remount,rw,bind /tmp/nest/proc/sys 2>/dev/null || echo "sys: stays"
      ring ask UmountSysfs /tmp/nest/sys
      echo "then: $(ls /tmp/nest/sys | wc -l)"
    '
    echo "outside: $(ls /tmp/nest/proc | wc -l)"
    ring ask MountProc /no/such/place
    ring ask MountProc /workspace/../etc/passwd
    ring ask MountProc /proc/self/root/tmp/nest
    ring ask MountProc relative)sh");
  BOOST_TEST(code == 1); // the last one is refused
  BOOST_TEST(std::count(lines.begin(), lines.end(), "OK {}") == 3);
  BOOST_TEST(steps["nested"].ends_with(" sh"));
  BOOST_TEST(steps["nested keys"] == "0");
  BOOST_TEST(steps["nested links"] == "lo ");
  BOOST_TEST(steps["firmware"] == "0");
  BOOST_TEST(steps["mask"] == "stays");
  BOOST_TEST(steps["sys"] == "stays");
  BOOST_TEST(steps["then"] == "0");
  BOOST_TEST(steps["outside"] == "0");
  BOOST_TEST(says(lines, "NOT_FOUND cannot mount proc"));
  BOOST_TEST(
    std::count(lines.begin(), lines.end(), "INVALID_ARGUMENT cannot mount proc")
    == 3);
}

BOOST_AUTO_TEST_CASE(know_what_they_use_by_a_socket_that_says_no_more) {
  run_rings(R"sh(
    iws-call /tmp/info.sock WorkspaceInfoService/WorkspaceInfo
    iws-call /tmp/info.sock MountProc
    for i in 1 2 3 4 5 6 7 8 9 10; do
      iws-call /tmp/info.sock WorkspaceInfoService/WorkspaceInfo
    done | grep -c '^OK '
    )sh");
  auto is_told = [](const std::string& line) {
    return line.starts_with("OK {\"resources\":{\"cpu\":{\"used\":\"");
  };
  BOOST_TEST(std::count_if(lines.begin(), lines.end(), is_told) == 1);
  BOOST_TEST(says(lines, "UNIMPLEMENTED "));
  BOOST_TEST(says(lines, "10"));
}

BOOST_AUTO_TEST_CASE(are_prepared_and_torn_down_once) {
  run_rings("true");
  BOOST_TEST(call("PrepareForUserNS") == once_only);
  BOOST_TEST(call("EvacuateCGroup") == once_only);
  BOOST_TEST(call("Teardown") == once_only);
  crash();
  begin();
  BOOST_TEST(call("PrepareForUserNS") == once_only);
  BOOST_TEST(call("EvacuateCGroup") == once_only);
  BOOST_TEST(call("Teardown") == once_only);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(storms_of_mounts_all_succeed, mounting_workspace) {
  auto began = std::chrono::steady_clock::now();
  BOOST_TEST(run_rings("ring storm 5 500", 300s) == 0);
  auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST(says(lines, "2500 of 2500"));
  BOOST_TEST_MESSAGE("2500 mounts by 5 at once: "
                     << std::chrono::duration<double>{took}.count() << " s");
}

BOOST_FIXTURE_TEST_CASE(rings_outlive_a_restart_of_the_node, lasting_rings) {
  begin_rings("ring ask MountProc /tmp; readlink /tmp/self > /dev/null && "
              "echo mounted; echo over > /workspace/end; exit 3");
  BOOST_TEST(
    exec(id, {"sh", "-c", "ip -o -4 addr show veth0"}).text.find("10.0.5.1/30")
    != std::string::npos);
  crash();
  auto began = std::chrono::steady_clock::now();
  begin();
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
  BOOST_TEST_MESSAGE(
    "serving after "
    << std::chrono::duration<double>{std::chrono::steady_clock::now() - began}
         .count()
    << " s, a first look at the usage included");
  auto said = end_rings();
  BOOST_TEST_MESSAGE(said);
  BOOST_TEST(said.find("mounted\n") != std::string::npos);
}

} // namespace berth::e2e
