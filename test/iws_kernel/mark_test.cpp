#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>

using namespace berth;
using namespace berth::test;

namespace {

struct mark_node : iws_node {
  ec prepare() { return code(hands.mount(), prepare_of_w1()); }

  prepare_mark prepare_of_w1() { return {w1, where().shared("w1").native()}; }

  /// Whether it says it succeeded.
  bool remove(bool even_if_busy = false) {
    auto reply
      = tell<mark_removed>(hands.mount(), remove_mark{w1, even_if_busy});
    if (!reply)
      BOOST_FAIL(describe(reply.error()));
    return reply->success;
  }

  std::string mounts() { return outer("cat /proc/self/mountinfo"); }
  std::string marks() { return outer("grep -c /.workspace/mark /proc/mounts"); }

  workspace_container w1 = start_one("w1");
  shell outer{*this, "w1", {"/bin/sh"}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_mark, mark_node)

BOOST_AUTO_TEST_CASE(the_mark_is_the_root_with_ids_as_on_disk) {
  auto before = host_mounts();
  BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(outer("ls /.workspace/mark").find("workspace")
             != std::string::npos);
  BOOST_TEST(outer("ls /.workspace/mark/workspace /.workspace/mark/proc")
             != "");
  auto ring1 = unshared("w1", "-Um");
  auto target = pin(w1, ring1.pid());
  for (auto gid : {false, true})
    BOOST_TEST(map_ids(w1, target, {{0, 33333, 1}, {1, 100000, 65534}}, gid)
               == ec::none);
  ring1.anew();
  // As the stock client builds the root of its inner container.
  ring1("mkdir /tmp/r; mount --rbind /.workspace/mark /tmp/r");
  BOOST_TEST(ring1("stat -c %u:%g /tmp/r/bin/busybox") == "0:0");
  BOOST_TEST(ring1("echo x >/tmp/r/root/new; chown 33333 /tmp/r/root/new; stat "
                   "-c %u /tmp/r/root/new")
             == "33333");
  auto on_disk = where().rootfs("w1") / "upper/root/new";
  struct stat found {};
  BOOST_REQUIRE_EQUAL(::stat(on_disk.c_str(), &found), 0);
  BOOST_TEST(found.st_uid == 33333U);
}

BOOST_AUTO_TEST_CASE(devices_are_there_and_are_the_users) {
  BOOST_TEST(outer("ls /dev/fuse /dev/net 2>/dev/null") == "");
  BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(outer("stat -c '%a %u:%g %t:%T' /dev/net/tun /dev/fuse")
             == "666 33333:33333 a:c8\n666 33333:33333 a:e5");
  BOOST_TEST(outer("stat -c '%a %F' /dev/kmsg") == "644 regular empty file");
  // Their own nodes, which can be opened, and nothing of the machine's.
  BOOST_TEST(outer("{ : <>/dev/fuse; } && echo yes") == "yes");
  BOOST_TEST(outer("{ : <>/dev/net/tun; } && echo yes") == "yes");
  struct stat ours {
  }, theirs{};
  auto inside = "/proc/" + std::to_string(w1.init.pid) + "/root/dev/net/tun";
  BOOST_REQUIRE_EQUAL(::stat("/dev/net/tun", &ours), 0);
  BOOST_REQUIRE_EQUAL(::stat(inside.c_str(), &theirs), 0);
  BOOST_TEST((ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev));
  BOOST_TEST(ours.st_uid == 0U);
}

BOOST_AUTO_TEST_CASE(preparing_again_changes_nothing) {
  BOOST_TEST(prepare() == ec::none);
  auto once = mounts();
  for (auto i = 0; i < 3; ++i)
    BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(mounts() == once);
}

BOOST_AUTO_TEST_CASE(devices_that_are_something_else_are_refused) {
  auto canary = (dir / "canary").native();
  BOOST_TEST(output_of("echo bytes >" + canary + "; chmod 600 " + canary
                       + "; stat -c '%a %u %s' " + canary)
             == "600 0 6\n");
  outer("echo bytes >/root/canary; chmod 600 /root/canary");
  auto state = outer("stat -c '%a %u %s' /root/canary");
  for (auto trap : {"ln -s /root/canary /dev/fuse", "ln -s /root /dev/net",
                    "mkdir /dev/net; ln -s /root/canary /dev/net/tun",
                    "mkfifo /dev/kmsg", "mkfifo /dev/fuse", "mkdir /dev/fuse",
                    "mkdir /dev/net; mkfifo /dev/net/tun",
                    "ln -s /root/canary /dev/kmsg", "echo x >/dev/fuse"}) {
    outer(trap);
    BOOST_TEST(prepare() == ec::failed_precondition, trap);
    BOOST_TEST(marks() == "0", trap);
    BOOST_TEST(outer("stat -c '%a %u %s' /root/canary") == state, trap);
    outer("rm -rf /dev/fuse /dev/net /dev/kmsg");
  }
  // Once that is out of the way it works.
  BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(marks() == "1");
}

BOOST_AUTO_TEST_CASE(the_place_of_the_mark_is_nobodys_to_change) {
  for (auto name : {"mark", "upper", "work"})
    BOOST_TEST(outer("ln -s /etc /.workspace/" + std::string{name}
                     + " 2>&1 | grep -c 'Read-only'")
               == "1");
  BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(outer("umount /.workspace/mark 2>/dev/null || echo no") == "no");
  BOOST_TEST(outer("rmdir /.workspace/mark 2>/dev/null || echo no") == "no");
}

BOOST_AUTO_TEST_CASE(mounts_inside_do_not_show_outside) {
  BOOST_TEST(prepare() == ec::none);
  auto inner = ring(w1, "w1");
  auto before = host_mounts();
  BOOST_TEST(inner("mount -t tmpfs t /tmp; i=0; while [ $i -lt 100 ]; do mkdir "
                   "/tmp/$i; mount -t tmpfs t /tmp/$i; i=$((i+1)); done; "
                   "grep -c ' /tmp/' /proc/self/mountinfo")
             == "100");
  BOOST_TEST(host_mounts() == before);
  for (const auto& text : {mounts(), inner("cat /proc/self/mountinfo")})
    BOOST_TEST(text.find("shared:") == text.npos);
}

BOOST_AUTO_TEST_CASE(ids_beyond_the_range_own_nothing) {
  BOOST_TEST(prepare() == ec::none);
  auto inner = ring(w1, "w1");
  inner("touch /.workspace/mark/root/mine");
  auto root = "/proc/" + std::to_string(w1.init.pid) + "/root";
  struct stat found {};
  BOOST_REQUIRE_EQUAL(::stat((root + "/root/mine").c_str(), &found), 0);
  BOOST_TEST(found.st_uid == w1.first_id);
  // What the machine's root owns is nobody's, and not writable.
  BOOST_TEST(inner("stat -c %u /.berth/init") == "65534");
  BOOST_TEST(inner("{ echo x >>/.berth/init; } 2>/dev/null || echo no")
             == "no");
}

BOOST_AUTO_TEST_CASE(the_mark_goes_when_nobody_uses_it) {
  BOOST_TEST(remove()); // nothing there
  BOOST_TEST(prepare() == ec::none);
  auto user = shell{*this, "w1", {"/bin/sh"}};
  user("cd /.workspace/mark/root");
  BOOST_TEST(!remove());
  BOOST_TEST(marks() == "1");
  BOOST_TEST(remove(true));
  BOOST_TEST(marks() == "0");
  user.leave();
  BOOST_TEST(prepare() == ec::none);
  BOOST_TEST(remove());
  BOOST_TEST(remove());
  BOOST_TEST(marks() == "0");
}

BOOST_AUTO_TEST_CASE(a_container_takes_its_mark_along) {
  BOOST_TEST(prepare() == ec::none);
  auto other = start_one("w2", 1);
  BOOST_TEST(code(hands.mount(), prepare_mark{other, where().shared("w2")})
             == ec::none);
  need<done>(terminate{"w1", 0s});
  BOOST_TEST(remove());
  BOOST_TEST(remove(true));
  BOOST_TEST(sh("w2", "grep -c /.workspace/mark /proc/mounts") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
