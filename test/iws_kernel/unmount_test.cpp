#include "test/iws_kernel/fixture.hpp"

#include <atomic>
#include <thread>

using namespace berth;
using namespace berth::test;

namespace {

struct unmount_node : iws_node {
  unmount_node() { inner("mount -t tmpfs t /tmp; mkdir /tmp/p /tmp/s /tmp/t"); }

  ec nfs(const std::string& source, const std::string& args,
         const std::string& at = "/tmp/p") {
    return code(hands.mount(), mount_nfs{target, source, at, args, allowed});
  }

  workspace_container w1 = start_one("w1");
  shell inner = ring(w1, "w1");
  pinned target = pin(w1, inner.pid());
  nfs_policy allowed{{"192.0.2.1"}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_unmounts, unmount_node)

BOOST_AUTO_TEST_CASE(what_was_mounted_goes_with_its_masks) {
  auto before = inner("cat /proc/self/mountinfo");
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(mount(target, kernel_fs::sysfs, "/tmp/s") == ec::none);
  BOOST_TEST(inner("cat /proc/self/mountinfo") != before);
  BOOST_TEST(unmount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(unmount(target, kernel_fs::sysfs, "/tmp/s") == ec::none);
  BOOST_TEST(inner("cat /proc/self/mountinfo") == before);
  BOOST_TEST(unmount(target, kernel_fs::proc, "/tmp/p") == ec::not_found);
  BOOST_TEST(unmount(target, kernel_fs::sysfs, "/tmp/s") == ec::not_found);
}

BOOST_AUTO_TEST_CASE(nothing_else_can_be_unmounted) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/t") == ec::none);
  inner("mount -t tmpfs over /tmp/t");
  auto before = inner("cat /proc/self/mountinfo");
  struct row {
    kernel_fs type;
    const char* at;
    ec verdict;
  };
  const row rows[] = {
    {kernel_fs::proc, "/workspace", ec::invalid_argument},
    {kernel_fs::proc, "/", ec::invalid_argument},
    {kernel_fs::proc, "/tmp", ec::invalid_argument},
    {kernel_fs::proc, "/tmp/t", ec::invalid_argument}, // what stands on it
    {kernel_fs::proc, "/tmp/p/sys", ec::invalid_argument},
    {kernel_fs::proc, "/tmp/p/keys", ec::invalid_argument},
    {kernel_fs::proc, "/tmp/p/1", ec::not_found},
    {kernel_fs::proc, "/tmp/s", ec::not_found},
    {kernel_fs::proc, "/tmp/none", ec::not_found},
    {kernel_fs::proc, "", ec::invalid_argument},
    {kernel_fs::proc, "tmp/p", ec::invalid_argument},
    {kernel_fs::proc, "/tmp/x/../p", ec::invalid_argument},
    {kernel_fs::proc, "/proc/1/root/tmp/p", ec::invalid_argument},
    {kernel_fs::proc, "/proc", ec::permission_denied},
    {kernel_fs::sysfs, "/sys", ec::permission_denied},
    {kernel_fs::sysfs, "/tmp/p", ec::invalid_argument},
    {kernel_fs::nfs, "/tmp/p", ec::invalid_argument},
    {kernel_fs::nfs, "/workspace", ec::invalid_argument},
    {kernel_fs::nfs, "/tmp/none", ec::not_found},
  };
  for (const auto& [type, at, verdict] : rows)
    BOOST_TEST(unmount(target, type, at) == verdict, at);
  BOOST_TEST(inner("cat /proc/self/mountinfo") == before);
}

BOOST_AUTO_TEST_CASE(a_mount_that_came_from_above_stays) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  auto text = inner("unshare -Urm sh -c 'read pid rest </proc/self/stat; echo "
                    "$pid; exec sleep 1000' >/tmp/d & until [ -s /tmp/d ]; do "
                    ":; done; cat /tmp/d");
  auto deep = pin(w1, std::stoll(text));
  BOOST_TEST(unmount(deep, kernel_fs::proc, "/tmp/p")
             == ec::failed_precondition);
  BOOST_TEST(unmount(target, kernel_fs::proc, "/tmp/p") == ec::none);
}

BOOST_AUTO_TEST_CASE(calls_at_the_same_time_do_not_disturb_each_other) {
  constexpr auto callers = 5, rounds = 20;
  inner("for i in 0 1 2 3 4; do mkdir /tmp/$i; done");
  auto before = inner("cat /proc/self/mountinfo");
  auto failures = std::atomic<int>{0};
  auto threads = std::vector<std::thread>{};
  auto began = std::chrono::steady_clock::now();
  for (auto caller = 0; caller < callers; ++caller)
    threads.emplace_back([&, at = "/tmp/" + std::to_string(caller)] {
      for (auto i = 0; i < rounds; ++i)
        for (auto work : {&iws_node::mount, &iws_node::unmount})
          failures += (this->*work)(target, kernel_fs::proc, at) != ec::none;
    });
  for (auto& each : threads)
    each.join();
  auto took = std::chrono::duration<double, std::milli>{
    std::chrono::steady_clock::now() - began};
  BOOST_TEST_MESSAGE(callers * rounds << " mounts and unmounts in "
                                      << took.count() << " ms");
  BOOST_TEST(failures == 0);
  BOOST_TEST(inner("cat /proc/self/mountinfo") == before);
}

BOOST_AUTO_TEST_CASE(a_kernel_without_nfs_says_so) {
  if (output_of("cat /proc/filesystems").find("nfs4") != std::string::npos) {
    BOOST_TEST_MESSAGE("skipped: this kernel has NFS");
    return;
  }
  BOOST_TEST(nfs("192.0.2.1:/export", "") == ec::failed_precondition);
  BOOST_TEST(nfs("192.0.2.1:/export", "vers=4.1,ro,rsize=4096")
             == ec::failed_precondition);
}

BOOST_AUTO_TEST_CASE(nfs_is_no_way_to_other_mounts) {
  auto before = host_mounts();
  auto mounts = inner("cat /proc/self/mountinfo");
  for (auto args : {"bind", "rbind", "move", "remount", "loop", "suid,dev",
                    "X-mount.mkdir", "helper=x", "addr=127.0.0.1", "port=111"})
    BOOST_TEST(nfs("192.0.2.1:/", args) == ec::invalid_argument, args);
  BOOST_TEST(nfs("/", "bind") == ec::invalid_argument);
  for (auto source : {"/", "-B", "--bind", ":/", "host", "unix:"})
    BOOST_TEST(nfs(source, "") == ec::invalid_argument, source);
  for (auto source : {"127.0.0.1:/", "169.254.169.254:/", "[::1]:/"})
    BOOST_TEST(nfs(source, "") == ec::permission_denied, source);
  BOOST_TEST(inner("ls /tmp/p") == "");
  BOOST_TEST(inner("cat /proc/self/mountinfo") == mounts);
  BOOST_TEST(host_mounts() == before);
}

BOOST_AUTO_TEST_SUITE_END()
