#include "test/runtime/node.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace berth::test {

namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(launching, node)

BOOST_AUTO_TEST_CASE(a_container_runs_and_leaves_nothing) {
  auto made = start(plan("w1"));
  BOOST_TEST(made.address == "10.201.0.2");
  BOOST_TEST(sh("w1", "echo $GITPOD_WORKSPACE_ID $FROM_IMAGE") == "w1 yes");
  BOOST_TEST(sh("w1", "cat /proc/sys/kernel/hostname") == "host-of-w1");
  need<done>(release{"w1", 0});
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
  need<done>(release{"w1", 0});
}

BOOST_AUTO_TEST_CASE(mounts_of_a_container_are_not_the_hosts) {
  start(plan("w1"));
  auto mounts = output_of("grep " + dir.native() + " /proc/self/mountinfo");
  BOOST_TEST(mounts == "");
}

BOOST_AUTO_TEST_CASE(ids_are_of_its_own_range) {
  auto ours = plan("w1", 3);
  start(ours);
  BOOST_TEST(sh("w1", "cat /proc/self/uid_map | tr -s ' '")
             == " 0 4196608 65536");
  BOOST_TEST(sh("w1", "stat -c %u:%g /workspace /bin /")
             == "33333:33333\n0:0\n"
                "0:0");
  auto as_user = run("w1", {"/bin/sh", "-c", "id -u; touch /workspace/mine"});
  BOOST_TEST(as_user.out == "33333\n");
  struct stat found;
  BOOST_REQUIRE(::stat((ours->content_dir + "/mine").c_str(), &found) == 0);
  BOOST_TEST(found.st_uid == 33333u);
}

BOOST_AUTO_TEST_CASE(its_monitor_leaves_the_services_cgroup) {
  start(plan("w1"));
  auto groups = [this] {
    return output_of("cat /proc/$(cat " + where().monitor_pid("w1").native()
                     + ")/cgroup");
  };
  auto until = std::chrono::steady_clock::now() + patience;
  auto there = "/" + where().monitors_cgroup() + "\n";
  while (groups().find(there) == std::string::npos
         && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(groups().find(there) != std::string::npos, groups());
}

BOOST_AUTO_TEST_CASE(root_inside_is_confined) {
  start(plan("w1"));
  auto status = sh("w1", "grep -E '^(Seccomp|CapEff):' /proc/self/status");
  BOOST_TEST(status == "CapEff:\t00000000a00c25fb\nSeccomp:\t2");
  BOOST_TEST(sh("w1", "grep CapEff /proc/1/status")
             == "CapEff:\t00000000a00c25fb");
  BOOST_TEST(sh("w1", "grep Seccomp: /proc/1/status") == "Seccomp:\t2");
  auto user = run("w1", {"/bin/grep", "CapEff", "/proc/self/status"});
  BOOST_TEST(user.out == "CapEff:\t0000000000000000\n");
  BOOST_TEST(sh("w1", "ls /sys/class/net") == "eth0\nlo");
  BOOST_TEST(
    run("w1", {"/bin/mount", "-t", "tmpfs", "t", "/tmp"}, {"root"}).code != 0);
}

BOOST_AUTO_TEST_CASE(masks_hold_even_in_a_namespace_of_its_own) {
  start(plan("w1"));
  BOOST_TEST(sh("w1", "head -c 1 /proc/keys | stat -c %s -L /proc/keys")
             == "0");
  BOOST_TEST(sh("w1", "echo 1 > /proc/sys/vm/drop_caches; echo $?")
               .find("Read-only file system")
             != std::string::npos);
  // Its own root, with every capability over a mount namespace of its own.
  auto attack = [this](const std::string& what) {
    return sh("w1", "/bin/busybox unshare -U -m -r /bin/sh -c '" + what
                      + " 2>/dev/null && echo broken'");
  };
  for (auto what : {"umount /proc/keys", "umount /proc/sys",
                    "mount -o remount,rw,bind /proc/sys",
                    "umount /sys/firmware", "mount -t proc p /tmp"})
    BOOST_TEST(attack(what) == "", what << ": " << attack(what));
}

BOOST_AUTO_TEST_CASE(limits_are_in_force) {
  start(plan("w1"));
  auto read = [this](const std::string& v1, const std::string& v2) {
    auto group = where().cgroup("w1");
    return output_of("cat /sys/fs/cgroup/" + v1.substr(0, v1.find('.')) + "/"
                     + group + "/" + v1 + " 2>/dev/null || cat /sys/fs/cgroup/"
                     + group + "/" + v2);
  };
  BOOST_TEST(read("memory.limit_in_bytes", "memory.max") == "268435456\n");
  BOOST_TEST(read("pids.max", "pids.max") == "64\n");
  auto quota = read("cpu.cfs_quota_us", "cpu.max");
  BOOST_TEST((quota == "150000\n" || quota == "150000 100000\n"));
  BOOST_TEST(sh("w1", "ulimit -c") == "0");
}

BOOST_AUTO_TEST_CASE(devices_of_the_host_are_out_of_reach) {
  auto ours = plan("w1");
  auto node = ours->content_dir + "/kmsg";
  BOOST_REQUIRE(::mknod(node.c_str(), S_IFCHR | 0666, 1 << 8 | 11) == 0);
  BOOST_REQUIRE(::chmod(node.c_str(), 0666) == 0);
  start(ours);
  BOOST_TEST(
    run("w1", {"/bin/head", "-c", "0", "/workspace/kmsg"}, {"root"}).code != 0);
  sh("w1", "chown 33333 /dev/null; busybox chmod 600 /dev/null");
  struct stat found;
  BOOST_REQUIRE(::stat("/dev/null", &found) == 0);
  BOOST_TEST(found.st_uid == 0u);
  BOOST_TEST((found.st_mode & 07777) == 0666u);
}

BOOST_AUTO_TEST_CASE(a_container_that_cannot_be_made_leaves_nothing) {
  auto broken = plan("w1");
  broken->content_dir = "/no/such/content";
  auto refused = ask<launched>(launch{broken});
  BOOST_TEST(!refused);
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_launch_does_not_harm_the_first) {
  start(plan("w1"));
  auto again = ask<launched>(launch{plan("w1")});
  BOOST_REQUIRE(!again);
  BOOST_TEST((code_of(again.error()) == ec::already_exists));
  BOOST_TEST(sh("w1", "echo here") == "here");
}

BOOST_AUTO_TEST_CASE(how_long_a_launch_takes) {
  auto times = std::vector<double>{};
  for (auto i = 0; i < 20; ++i) {
    auto id = "w" + std::to_string(i);
    auto ours = plan(id, static_cast<uint32_t>(i));
    auto begin = std::chrono::steady_clock::now();
    start(ours);
    times.push_back(std::chrono::duration<double, std::milli>(
                      std::chrono::steady_clock::now() - begin)
                      .count());
  }
  std::sort(times.begin(), times.end());
  BOOST_TEST_MESSAGE("launch: median " << times[10] << " ms, best " << times[0]
                                       << " ms, worst " << times[19] << " ms");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
