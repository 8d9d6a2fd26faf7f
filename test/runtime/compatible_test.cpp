#include "test/runtime/node.hpp"

#include <sys/stat.h>

namespace berth::test {

namespace {

struct compatible_runtime : node {
  compatible_runtime() {
    std::filesystem::permissions(where().layer("base") / "tmp",
                                 std::filesystem::perms{01777});
  }

  std::shared_ptr<container_plan> compatible_plan(const std::string& id,
                                                  uint32_t slot = 0) {
    auto what = plan(id, slot);
    what->kind = container_kind::compatible;
    return what;
  }

  /// A script's output as the workspace's user, without the last newline.
  std::string as_user(const std::string& id, const std::string& script) {
    auto end = run(id, {"/bin/sh", "-c", script + " 2>&1"});
    return end.out.substr(0, end.out.find_last_not_of('\n') + 1);
  }
};

/// On this machine, of a process that the machine calls `pid`.
std::string status_of(int pid, const std::string& field) {
  return output_of("grep '^" + field + ":' /proc/" + std::to_string(pid)
                   + "/status | tr -s '\\t' ' '");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(compatible_containers, compatible_runtime)

BOOST_AUTO_TEST_CASE(one_runs_and_leaves_nothing) {
  auto made = start(compatible_plan("w1", 2));
  BOOST_TEST(made.address == "10.201.0.10");
  BOOST_TEST(sh("w1", "echo $GITPOD_WORKSPACE_ID $FROM_IMAGE; ls "
                      "/sys/class/net; cat /proc/sys/kernel/hostname")
             == "w1 yes\neth0\nlo\nhost-of-w1");
  BOOST_TEST(output_of("grep " + dir.native() + " /proc/self/mountinfo") == "");
  need<done>(release{"w1", 2});
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_has_no_user_namespace_and_the_clients_ids) {
  auto made = start(compatible_plan("w1", 3));
  auto pid = made.container.pid;
  BOOST_TEST(status_of(pid, "Uid") == "Uid: 33333 33333 33333 33333\n");
  BOOST_TEST(status_of(pid, "Gid") == "Gid: 33333 33333 33333 33333\n");
  BOOST_TEST(
    output_of("readlink /proc/self/ns/user")
    == output_of("readlink /proc/" + std::to_string(pid) + "/ns/user"));
  for (auto other : {"pid", "mnt", "net", "ipc", "uts", "cgroup"})
    BOOST_TEST(
      output_of(std::string{"readlink /proc/self/ns/"} + other)
        != output_of("readlink /proc/" + std::to_string(pid) + "/ns/" + other),
      other);
  // Root, the user and their files, each with the id that maps to it.
  BOOST_TEST(sh("w1", "id -u; stat -c %u:%g /workspace /bin / /dev/"
                      "termination-log")
             == "33333\n133332:133332\n33333:33333\n33333:33333\n33333:33333");
  BOOST_TEST(as_user("w1", "id -u; id -g") == "133332\n133332");
}

BOOST_AUTO_TEST_CASE(files_on_disk_are_as_those_of_the_other_kind) {
  auto ours = compatible_plan("w1");
  start(ours);
  BOOST_TEST(as_user("w1", "touch /workspace/mine && mkdir /workspace/dir && "
                           "echo yes")
             == "yes");
  auto owner_of = [](const std::string& path) {
    struct stat found {};
    return ::lstat(path.c_str(), &found) == 0 ? static_cast<int>(found.st_uid)
                                              : -1;
  };
  BOOST_TEST(owner_of(ours->content_dir + "/mine") == 33333);
  BOOST_TEST(sh("w1", "touch /root/of-root && echo yes") == "yes");
  BOOST_TEST(owner_of(where().rootfs("w1") / "upper/root/of-root") == 0);
  BOOST_TEST(as_user("w1", "touch /tmp/x && echo yes") == "yes");
  BOOST_TEST(owner_of(where().rootfs("w1") / "upper/tmp/x") == 33333);
  BOOST_TEST(as_user("w1", "touch /root/x || echo no").ends_with("no"));
}

BOOST_AUTO_TEST_CASE(nobody_in_it_has_power_over_the_machine) {
  auto made = start(compatible_plan("w1"));
  auto kill_only = std::string{"0000000000000020\n"};
  for (auto set : {"CapEff", "CapPrm", "CapAmb"})
    BOOST_TEST(status_of(made.container.pid, set)
               == std::string{set} + ": " + kill_only);
  auto bounding = std::string{"CapBnd: 0000000020080430\n"};
  BOOST_TEST(status_of(made.container.pid, "CapBnd") == bounding);
  BOOST_TEST(status_of(made.container.pid, "Seccomp") == "Seccomp: 2\n");
  for (auto user : {"", "root"}) {
    auto said = run(
      "w1",
      {"/bin/grep", "-E", "^(Cap(Eff|Prm|Amb)|Secc.*p):", "/proc/self/status"},
      {user});
    BOOST_TEST(said.out
               == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
                  "CapAmb:\t0000000000000000\nSeccomp:\t2\n");
  }
  for (auto attack :
       {"mount -t tmpfs t /tmp", "umount /proc/sys", "umount /proc/keys",
        "mount -o remount,rw,bind /proc/sys", "mknod /tmp/kmsg c 1 11",
        "chown 0 /bin/busybox", "busybox chroot /", "busybox hostname x",
        "echo 1 > /proc/sys/vm/drop_caches", "echo c > /proc/sysrq-trigger",
        "echo x > /.workspace/x", "echo x >> /.berth/init",
        "for f in $(busybox find /sys/fs/cgroup -name cgroup.procs); do echo 1 "
        "> $f && exit; done; false",
        "busybox ip link del eth0"})
    BOOST_TEST(sh("w1", std::string{"("} + attack + ") 2>/dev/null || echo no")
                 == "no",
               attack);
  BOOST_TEST(sh("w1", "cat /proc/keys | busybox wc -c") == "0");
}

BOOST_AUTO_TEST_CASE(set_user_id_leads_to_no_id_of_the_machine) {
  constexpr auto needs_root = "busybox-suid su root -c id";
  constexpr auto not_root = "must be suid";
  auto suid = (where().layer("base") / "bin/busybox-suid").native();
  std::filesystem::copy_file("/bin/busybox", suid);
  BOOST_REQUIRE_EQUAL(::chmod(suid.c_str(), 04755), 0);
  start(compatible_plan("w1"));
  BOOST_TEST(sh("w1", "stat -c '%a %u' /bin/busybox-suid") == "4755 33333");
  BOOST_TEST(as_user("w1", needs_root).find(not_root) != std::string::npos);
  // In the other kind it comes as far as to ask for a password.
  start(plan("w2", 1));
  BOOST_TEST(as_user("w2", needs_root).find(not_root) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_an_image_has_shines_through) {
  start(compatible_plan("w1"));
  BOOST_TEST(sh("w1", "cat /etc/passwd | head -n 1")
             == "root:x:0:0::/root:/bin/sh");
  BOOST_TEST(sh("w1", "grep -c host-of-w1 /etc/hosts; cat /etc/hostname")
             == "1\nhost-of-w1");
}

BOOST_AUTO_TEST_CASE(only_ids_of_files_can_be_anybodys) {
  start(compatible_plan("w1"));
  auto id = [this](const std::string& user) {
    return run("w1", {"/bin/id", "-u"}, {user}).out;
  };
  BOOST_TEST(id("root") == "33333\n");
  BOOST_TEST(id("1000:1000") == "100999\n");
  auto refused = [this](const std::string& user) {
    auto job = exec{};
    job.token = "t-" + user;
    job.plan.id = "w1";
    job.plan.argv = {"/bin/true"};
    job.plan.user = user;
    auto made = ask<done>(std::move(job));
    return !made && code_of(made.error()) == ec::invalid_argument;
  };
  for (auto user : {"65535", "133332", "100000", "root:0"})
    BOOST_TEST(refused(user), user);
}

BOOST_AUTO_TEST_CASE(a_command_has_a_terminal) {
  start(compatible_plan("w1"));
  auto end = run("w1", {"/bin/sh", "-c", "busybox tty; busybox stty size"},
                 {.terminal = window_size{24, 80}});
  BOOST_TEST(end.out == "/dev/pts/0\r\n24 80\r\n");
}

BOOST_AUTO_TEST_CASE(keys_are_there_for_a_daemon_inside_a_ring) {
  start(compatible_plan("w1", 3));
  auto job = put_ssh_keys{"w1", 3, {"ssh-ed25519 AAAA anna"}};
  job.kind = container_kind::compatible;
  need<done>(job);
  BOOST_TEST(as_user("w1", "cat /.workspace/authorized_keys")
             == "ssh-ed25519 AAAA anna");
  // Root's, once ids are mapped.
  BOOST_TEST(sh("w1", "stat -c %u:%g:%a / /.workspace "
                      "/.workspace/authorized_keys")
             == "33333:33333:755\n33333:33333:711\n33333:33333:644");
  BOOST_TEST(sh("w1", "(echo x > /.workspace/authorized_keys) 2>/dev/null || "
                      "echo no")
             == "no");
}

BOOST_AUTO_TEST_CASE(an_end_reaches_everybodys_processes) {
  init_is("exec berth-init");
  auto made = start(compatible_plan("w1"));
  auto user
    = begin_command("w1", {"/bin/sh", "-c", "echo up; exec sleep 1000"});
  user.await_output("up");
  auto began = std::chrono::steady_clock::now();
  need<done>(terminate{"w1", 30s});
  BOOST_TEST((std::chrono::steady_clock::now() - began < 25s));
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_TEST(end.code.value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(a_restarted_runtime_goes_on_with_it) {
  auto made = start(compatible_plan("w1"));
  restart_runtime();
  BOOST_TEST(as_user("w1", "id -u") == "133332");
  need<done>(freeze{"w1", 5s});
  need<done>(thaw{"w1"});
  need<done>(terminate{"w1", 0s});
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_TEST(end.code.value_or(-1) == 137);
}

BOOST_AUTO_TEST_CASE(neighbours_do_not_meet) {
  auto first = start(compatible_plan("w1", 0));
  start(compatible_plan("w2", 1));
  sh("w1", "busybox sleep 4321 >/dev/null 2>&1 & echo begun");
  // The ids are the same; nothing else is.
  BOOST_TEST(sh("w2", "ps | grep -c '[s]leep 4321'").starts_with("0"));
  BOOST_TEST(sh("w2", "kill -0 " + std::to_string(first.container.pid)
                        + " 2>/dev/null || echo no")
             == "no");
  BOOST_TEST(as_user("w1", "touch /workspace/secret && echo yes") == "yes");
  BOOST_TEST(sh("w2", "ls /workspace") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
