#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace berth;
using namespace berth::test;

namespace {

struct ring_node : iws_node {
  ring_node() { inner("mount -t tmpfs t /tmp; mkdir /tmp/p /tmp/s /tmp/t"); }

  workspace_container w1 = start_one("w1");
  shell inner = ring(w1, "w1");
  pinned target = pin(w1, inner.pid());
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_kernel_mounts, ring_node)

BOOST_AUTO_TEST_CASE(a_procfs_shows_the_processes_of_the_target) {
  auto before = host_mounts();
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(inner("cut -d' ' -f1 /tmp/p/self/stat /tmp/p/1/stat").size() > 0U);
  BOOST_TEST(inner("read pid rest </tmp/p/self/stat; echo $pid $$") == "1 1");
  BOOST_TEST(inner("echo /tmp/p/[0-9]*") == "/tmp/p/1");
  BOOST_TEST(inner("stat -c %u /tmp/p/1/mem") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_the_machines_is_masked_or_read_only) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  for (auto name : {"keys", "kcore", "timer_list", "interrupts"})
    BOOST_TEST(inner("[ ! -e /tmp/p/" + std::string{name}
                     + " ] || stat -c '%F "
                       "%t:%T' /tmp/p/"
                     + name + "; cat /tmp/p/" + name + " 2>/dev/null | wc -c")
                 .ends_with("0"),
               name);
  BOOST_TEST(inner("stat -c '%F %t:%T' /tmp/p/keys")
             == "character special file 1:3");
  BOOST_TEST(inner("ls /tmp/p/acpi /tmp/p/scsi 2>/dev/null | grep -v :") == "");
  for (auto name : {"sys/kernel/core_pattern", "sysrq-trigger", "irq/0/x"})
    BOOST_TEST(inner("{ echo 1 >/tmp/p/" + std::string{name}
                     + "; } 2>/dev/null || echo no")
                 == "no",
               name);
}

BOOST_AUTO_TEST_CASE(a_sysfs_shows_the_targets_links_and_is_read_only) {
  auto before = host_mounts();
  BOOST_TEST(mount(target, kernel_fs::sysfs, "/tmp/s") == ec::none);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(inner("ls /tmp/s/class/net") == "lo");
  BOOST_TEST(inner("ls /tmp/s/firmware /tmp/s/kernel/debug 2>/dev/null | grep "
                   "-v :")
             == "");
  BOOST_TEST(inner("{ echo 1 >/tmp/s/class/net/lo/mtu; } 2>&1 | grep -c "
                   "'Read-only'")
             == "1");
  BOOST_TEST(inner("mount -o remount,rw /tmp/s 2>/dev/null; mount -o "
                   "remount,bind,rw /tmp/s 2>/dev/null || echo no")
             == "no");
}

BOOST_AUTO_TEST_CASE(masks_stay_whatever_root_inside_does) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  for (auto attack :
       {"umount /tmp/p/keys", "umount /tmp/p/sys", "umount -l /tmp/p/sys",
        "cd /tmp/p && umount keys", "ln -s /tmp/p /tmp/l; umount /tmp/l/keys",
        "mount -o remount,bind,rw /tmp/p/sys", "mount --bind /tmp/p /tmp/t",
        "mount --move /tmp/p/sys /tmp/t",
        "mount --rbind /tmp/p /tmp/t && umount /tmp/t/keys",
        "mount --rbind /tmp/p /tmp/t && mount -o remount,bind,rw /tmp/t/sys",
        "mount -t proc p /tmp/t", "unshare -m umount /tmp/p/keys",
        "unshare -Urm umount /tmp/p/keys",
        "unshare -Urmpf mount -t proc p /tmp/t"})
    BOOST_TEST(inner(std::string{"("} + attack + ") 2>/dev/null && echo broken")
                 == "",
               attack);
  BOOST_TEST(inner("cat /tmp/p/keys | wc -c") == "0");
  BOOST_TEST(inner("umount -l /tmp/t 2>/dev/null; umount -l /tmp/p && echo yes")
             == "yes");
  BOOST_TEST(inner("mount -t proc p /tmp/t 2>/dev/null || echo no") == "no");
}

BOOST_AUTO_TEST_CASE(masks_stay_against_the_mount_calls_of_these_days) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  auto writable = mount_attr{};
  writable.attr_clr = MOUNT_ATTR_RDONLY;
  BOOST_TEST(errno_inside(target,
                          [&] {
                            return ::mount_setattr(AT_FDCWD, "/tmp/p/sys", 0,
                                                   &writable, sizeof(writable));
                          })
             == EPERM);
  BOOST_TEST(
    errno_inside(
      target, [] { return ::open_tree(AT_FDCWD, "/tmp/p", OPEN_TREE_CLONE); })
    == EINVAL);
  BOOST_TEST(errno_inside(target,
                          [] {
                            return ::move_mount(AT_FDCWD, "/tmp/p/keys",
                                                AT_FDCWD, "/tmp/t", 0);
                          })
             == EINVAL);
  // A copy of all of it has its masks locked, too.
  BOOST_TEST(errno_inside(target,
                          [&] {
                            auto tree
                              = ::open_tree(AT_FDCWD, "/tmp/p",
                                            OPEN_TREE_CLONE | AT_RECURSIVE);
                            if (tree < 0
                                || ::move_mount(tree, "", AT_FDCWD, "/tmp/t",
                                                MOVE_MOUNT_F_EMPTY_PATH)
                                     < 0)
                              return -1;
                            return ::mount_setattr(AT_FDCWD, "/tmp/t/sys", 0,
                                                   &writable, sizeof(writable));
                          })
             == EPERM);
  BOOST_TEST(inner("{ echo x >/tmp/p/sys/kernel/core_pattern; } 2>/dev/null || "
                   "echo no")
             == "no");
}

BOOST_AUTO_TEST_CASE(masks_are_not_made_of_what_is_inside) {
  inner("mkdir /tmp/dev; echo secret >/tmp/dev/null; mount --rbind /tmp/dev "
        "/dev");
  BOOST_TEST(inner("cat /dev/null") == "secret");
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(inner("stat -c '%F %t:%T' /tmp/p/keys; cat /tmp/p/keys")
             == "character special file 1:3");
}

BOOST_AUTO_TEST_CASE(places_that_are_none_are_refused) {
  inner("echo x >/tmp/file; mkfifo /tmp/fifo; mkdir /tmp/sub; ln -s / "
        "/tmp/root; ln -s /dev /tmp/todev; ln -s loop /tmp/loop");
  auto before = host_mounts();
  auto mounts = inner("cat /proc/self/mountinfo | wc -l");
  using namespace std::string_literals;
  for (const auto& at : {""s,
                         "tmp/p"s,
                         "."s,
                         "../../x"s,
                         "/tmp/../tmp/p"s,
                         "/tmp/p/.."s,
                         "/"s,
                         "//"s,
                         "/tmp/root"s,
                         "/.workspace"s,
                         "/.workspace/"s,
                         "/dev"s,
                         "/tmp/todev"s,
                         "/tmp/file"s,
                         "/tmp/fifo"s,
                         "/tmp/loop"s,
                         "/tmp/p\0x"s,
                         "/proc/self/fd/0"s,
                         "/proc/1/root"s,
                         "/proc/1/root/tmp/p"s,
                         "/proc/self/cwd"s,
                         "/proc/1/cwd/tmp/p"s,
                         "/proc/sys/kernel"s,
                         "/"s + std::string(4096, 'a')})
    for (auto type : {kernel_fs::proc, kernel_fs::sysfs})
      BOOST_TEST(mount(target, type, at) == ec::invalid_argument,
                 at.substr(0, 40));
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/none") == ec::not_found);
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/none/x") == ec::not_found);
  BOOST_TEST(inner("cat /proc/self/mountinfo | wc -l") == mounts);
  BOOST_TEST(host_mounts() == before);
  // Links are followed as a process there would.
  BOOST_TEST(inner("ln -s /tmp/p /tmp/there && echo yes") == "yes");
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/there/") == ec::none);
  BOOST_TEST(inner("ls -d /tmp/p/1") == "/tmp/p/1");
}

BOOST_AUTO_TEST_CASE(links_that_change_lead_nowhere_outside) {
  inner("mkdir /tmp/a /tmp/b; { while :; do ln -sfn /tmp/a /tmp/x; ln -sfn / "
        "/tmp/x; ln -sfn /proc/1/root /tmp/x; done; } & echo");
  auto before = host_mounts();
  auto container
    = output_of("cat /proc/" + std::to_string(w1.init.pid) + "/mountinfo");
  for (auto i = 0; i < 20; ++i)
    (void)mount(target, kernel_fs::proc, "/tmp/x");
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(
    output_of("cat /proc/" + std::to_string(w1.init.pid) + "/mountinfo")
    == container);
}

BOOST_AUTO_TEST_CASE(a_place_that_would_show_outside_is_refused) {
  // A mount of this machine that a bug, or an operator, made shared with the
  // container.
  auto shared = (dir / "shared").native();
  std::filesystem::create_directory(shared);
  BOOST_REQUIRE_EQUAL(::mount("t", shared.c_str(), "tmpfs", 0, nullptr), 0);
  BOOST_REQUIRE_EQUAL(::mkdir((shared + "/sub").c_str(), 0755), 0);
  auto tree = ::open_tree(AT_FDCWD, shared.c_str(),
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  BOOST_REQUIRE(tree >= 0);
  auto child = ::fork();
  if (child == 0) {
    ::setns(target.process->mount_ns.get(), CLONE_NEWNS);
    ::_exit(
      ::move_mount(tree, "", AT_FDCWD, "/tmp/t", MOVE_MOUNT_F_EMPTY_PATH));
  }
  auto status = 0;
  ::waitpid(child, &status, 0);
  ::close(tree);
  BOOST_REQUIRE_EQUAL(status, 0);
  auto before = host_mounts();
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/t/sub")
             == ec::failed_precondition);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  ::umount2(shared.c_str(), MNT_DETACH);
}

BOOST_AUTO_TEST_CASE(mounts_work_at_every_depth) {
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  auto text = inner("unshare -mpf sh -c 'read pid rest </proc/self/stat; echo "
                    "$pid; exec sleep 1000' >/tmp/d & until [ -s /tmp/d ]; do "
                    ":; done; cat /tmp/d");
  auto deep = pin(w1, std::stoll(text));
  BOOST_TEST(mount(deep, kernel_fs::proc, "/tmp/t") == ec::none);
  auto seen = output_of("cat /proc/" + std::to_string(deep.process->pid)
                        + "/root/tmp/t/1/comm");
  BOOST_TEST(seen == "sleep\n");
  BOOST_TEST(inner("ls /tmp/t") == ""); // in the deeper namespace only
}

BOOST_AUTO_TEST_SUITE_END()
