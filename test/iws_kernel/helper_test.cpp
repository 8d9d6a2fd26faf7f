#include "test/iws_kernel/fixture.hpp"

#include <fstream>
#include <thread>

using namespace berth;
using namespace berth::test;

namespace fs = std::filesystem;

/// The program that goes into namespaces, seen from in there, and cut short.
namespace {

struct helper_node : iws_node {
  helper_node() { inner("mount -t tmpfs t /tmp; mkdir /tmp/p"); }

  /// Hands whose helper runs under strace, which does `what` to it.
  iws_hands traced(const std::string& what) {
    auto bin = dir / "traced";
    fs::create_directories(bin);
    auto script = bin / "berth-ns";
    fs::remove(script);
    std::ofstream{script} << "#!/bin/sh\nexec strace -qq -f -o "
                          << (dir / "trace").native() << " " << what << " "
                          << (dir / "bin/berth-ns").native() << " \"$@\"\n";
    fs::permissions(script, fs::perms{0755});
    return detached_iws_hands(sys, bin);
  }

  ec mount_with(const iws_hands& with, const std::string& at) {
    return code(with.mount(), mount_kernel_fs{target, kernel_fs::proc, at});
  }

  workspace_container w1 = start_one("w1");
  shell inner = ring(w1, "w1");
  pinned target = pin(w1, inner.pid());
};

/// The calls of the helper that change something, or are about to.
constexpr const char* steps[]
  = {"prctl",   "clone",    "openat",  "setns",      "unshare",
     "fsopen",  "fsconfig", "fsmount", "mkdirat",    "mknodat",
     "fchdir",  "chdir",    "chroot",  "open_tree",  "mount_setattr",
     "openat2", "statx",    "fstatfs", "move_mount", "wait4"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_helper, helper_node)

BOOST_AUTO_TEST_CASE(dies_at_any_step_and_leaves_nothing) {
  auto before = host_mounts();
  auto in_container = [this] {
    return output_of("cat /proc/" + std::to_string(w1.init.pid) + "/mountinfo");
  };
  auto container = in_container();
  auto died = 0;
  for (auto step : steps)
    for (auto nth : {"1", "2"}) {
      auto hands = traced(std::string{"-e trace="} + step + " -e inject=" + step
                          + ":signal=SIGKILL:when=" + nth);
      auto outcome = mount_with(hands, "/tmp/p");
      died += outcome == ec::internal;
      BOOST_TEST((outcome == ec::internal || outcome == ec::none),
                 step << " " << nth << ": " << to_string(outcome));
      // A killed one may have come to its end: then it stands there as a whole.
      auto mounted = inner("umount -l /tmp/p 2>/dev/null && echo yes");
      BOOST_TEST((outcome != ec::none || mounted == "yes"), step);
      BOOST_TEST(host_mounts() == before, step);
      BOOST_TEST(in_container() == container, step);
    }
  BOOST_TEST_MESSAGE("died " << died << " times");
  BOOST_TEST(died > 20);
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
}

/// It is seen inside for as long as it makes a procfs there, which is drawn out
/// here.
BOOST_AUTO_TEST_CASE(is_nobodys_to_look_into_from_inside) {
  auto program = dir / "bin/berth-ns";
  auto hash = output_of("sha256sum " + program.native());
  auto slow = traced("-e trace=fsopen -e inject=fsopen:delay_enter=1500000");
  auto mounting = std::jthread{[&] { (void)mount_with(slow, "/tmp/p"); }};
  // Whoever is not of the ring when it begins is the helper.
  auto found = inner(
    "mkdir /tmp/x; mount -t tmpfs x /tmp/x; until p=$(ls -d /proc/[0-9]* | "
    "while read d; do read n <$d/comm; case $n in berth-ns) echo $d;; esac; "
    "done 2>/dev/null) && [ -n \"$p\" ]; do :; done; echo $p");
  BOOST_TEST_REQUIRE(found.starts_with("/proc/"), found);
  for (auto attack :
       {"cat $p/exe", "echo x >$p/exe", "cat $p/mem", "echo x >$p/mem",
        "ls $p/fd", "ls $p/root/", "ls $p/cwd/", "cat $p/environ",
        "cat $p/maps", "kill -STOP ${p#/proc/}", "kill -KILL ${p#/proc/}"})
    BOOST_TEST(inner("for p in " + found + "; do { " + attack
                     + "; } >/dev/null 2>&1 && [ -d $p ] && echo broken; done")
                 == "",
               attack);
  mounting.join();
  BOOST_TEST(output_of("sha256sum " + program.native()) == hash);
  BOOST_TEST(inner("ls -d /tmp/p/1") == "/tmp/p/1");
}

/// A descriptor of a procfs stays what it was: masked, whoever holds it.
BOOST_AUTO_TEST_CASE(a_proc_that_is_held_stays_masked) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  inner("exec 7</tmp/p/sys 8</tmp/p; umount -l /tmp/p");
  for (auto attack : {"cd /proc/self/fd/7/kernel && echo x >core_pattern",
                      "cd /proc/self/fd/8 && [ -s keys ] && cat keys | grep .",
                      "cd /proc/self/fd/8 && umount keys",
                      "mount --bind /proc/self/fd/8 /tmp/p",
                      "mount -o remount,bind,rw /proc/self/fd/7"})
    BOOST_TEST(inner(std::string{"("} + attack + ") 2>/dev/null && echo broken")
                 == "",
               attack);
}

/// The places that masks are made of are the node's.
BOOST_AUTO_TEST_CASE(no_null_of_a_workspace_becomes_a_mask) {
  inner("mkdir /tmp/dev; mount --rbind /tmp/dev /dev");
  for (auto null : {"ln -s /proc/1/mem /dev/null", "mkfifo /dev/null",
                    "mkdir /dev/null", "echo secret >/dev/null"}) {
    inner(std::string{"rm -rf /dev/null; "} + null);
    BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none, null);
    BOOST_TEST(inner("stat -c '%F %t:%T' /tmp/p/keys; cat /tmp/p/keys")
                 == "character special file 1:3",
               null);
    BOOST_TEST(inner("umount -l /tmp/p && echo yes") == "yes");
  }
}

BOOST_AUTO_TEST_SUITE_END()
