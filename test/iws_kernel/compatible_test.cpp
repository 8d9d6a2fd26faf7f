#include "test/iws_kernel/fixture.hpp"

#include <sys/stat.h>

using namespace berth;
using namespace berth::test;

namespace {

/// A compatible container, as the runtime starts it, and its ring 0.
struct compatible_node : iws_node {
  prepare_mark prepare_of_w1() { return {w1, where().shared("w1").native()}; }

  std::string uid_map(const pinned& who) {
    return output_of("tr -s ' ' </proc/" + std::to_string(who.process->pid)
                     + "/uid_map");
  }

  workspace_container w1 = start_one("w1", 3, container_kind::compatible);
  shell outer{*this, "w1", {"/bin/sh"}};
};

constexpr auto stock_text = " 0 33333 1\n 1 100000 65534\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_compatible, compatible_node)

BOOST_AUTO_TEST_CASE(the_stock_clients_way_works) {
  auto before = host_mounts();
  BOOST_TEST(code(hands.mount(), prepare_of_w1()) == ec::none);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(outer("id -u; stat -c '%a %u:%g' /dev/net/tun /dev/fuse")
             == "33333\n666 33333:33333\n666 33333:33333");
  auto ring1 = unshared("w1", "-Um");
  auto middle = pin(w1, ring1.pid());
  for (auto gid : {false, true})
    BOOST_TEST(map_ids(w1, middle, whole_range(w1), gid) == ec::none);
  ring1.anew();
  BOOST_TEST(uid_map(middle) == stock_text);
  BOOST_TEST(ring1("cat /proc/self/setgroups; id -u; id -g") == "allow\n0\n0");
  ring1("mount -t tmpfs t /tmp; mkdir /tmp/r; mount --rbind "
        "/.workspace/mark /tmp/r");
  BOOST_TEST(ring1("stat -c %u /tmp/r/bin/busybox /workspace") == "0\n33333");
  BOOST_TEST(ring1("echo x >/tmp/r/root/new; chown 33333 /tmp/r/root/new; "
                   "touch /tmp/r/root/own; stat -c %u /tmp/r/root/new "
                   "/tmp/r/root/own")
             == "33333\n0");
  // On disk as seen inside, and not in the layer.
  struct stat found {};
  auto on_disk = where().rootfs("w1") / "upper/root/new";
  BOOST_REQUIRE_EQUAL(::stat(on_disk.c_str(), &found), 0);
  BOOST_TEST(found.st_uid == 33333U);
  BOOST_TEST(!std::filesystem::exists(where().layer("base") / "root/new"));
  // The inner container, as its parent names it.
  ring1("mkdir /tmp/r/proc2; mount -t tmpfs t /tmp/r/tmp; mkdir /tmp/r/tmp/p");
  auto inner = ring(w1, "w1");
  auto target = pin(w1, inner.pid());
  inner("mount -t tmpfs t /tmp; mkdir /tmp/p");
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
  BOOST_TEST(inner("read pid rest </tmp/p/self/stat; echo $pid $$") == "1 1");
  BOOST_TEST(code(hands.cgroup(), delegate_cgroup{w1}) == ec::none);
}

BOOST_AUTO_TEST_CASE(its_own_processes_get_no_map_and_no_mount) {
  auto init = pin(w1, 1);
  BOOST_TEST(map_ids(w1, init, {{0, 33333, 1}}) == ec::failed_precondition);
  outer("mkdir /tmp/p");
  for (auto type : {kernel_fs::proc, kernel_fs::sysfs})
    BOOST_TEST(mount(init, type, "/tmp/p") == ec::permission_denied);
  BOOST_TEST(outer("ls /tmp/p") == "");
}

BOOST_AUTO_TEST_CASE(ids_of_this_machine_are_refused) {
  auto ring1 = unshared("w1", "-Um");
  auto target = pin(w1, ring1.pid());
  auto own = config->runtime.uid_start + 3 * 65536;
  for (const auto& map : {id_map{}, id_map{{0, 0, 1}}, id_map{{0, 33333, 2}},
                          id_map{{1, 99999, 1}}, id_map{{1, 100000, 70001}},
                          id_map{{1, 169999, 2}}, id_map{{0, 100000, 1}},
                          id_map{{1, 3000000000, 65534}}, id_map{{0, own, 1}}})
    BOOST_TEST(map_ids(w1, target, map) == ec::invalid_argument,
               id_map_text(map));
  BOOST_TEST(uid_map(target) == "");
  BOOST_TEST(map_ids(w1, target, whole_range(w1)) == ec::none);
  BOOST_TEST(map_ids(w1, target, whole_range(w1)) == ec::failed_precondition);
  BOOST_TEST(uid_map(target) == stock_text);
}

BOOST_AUTO_TEST_CASE(a_namespace_further_down_is_its_parents_to_map) {
  auto inner = ring(w1, "w1");
  auto text = inner("unshare -Um sh -c 'read pid rest </proc/self/stat; echo "
                    "$pid; exec sleep 1000' >/tmp/d & until [ -s /tmp/d ]; do "
                    ":; done; cat /tmp/d");
  auto deep = pin(w1, std::stoll(text));
  BOOST_TEST(map_ids(w1, deep, {{0, 33333, 1}}) == ec::failed_precondition);
  BOOST_TEST(uid_map(deep) == "");
}

BOOST_AUTO_TEST_CASE(nobody_inside_puts_anything_into_dev) {
  for (auto trap : {"ln -s /root/canary /dev/fuse", "mkdir /dev/net",
                    "mkfifo /dev/kmsg", "mv /dev/null /dev/zero",
                    "mount -t tmpfs t /dev", "ln -s /etc /.workspace/mark"})
    BOOST_TEST(outer(std::string{"("} + trap + ") 2>/dev/null || echo no")
                 == "no",
               trap);
  BOOST_TEST(code(hands.mount(), prepare_of_w1()) == ec::none);
  BOOST_TEST(outer("grep -c mark /proc/mounts") == "1");
  BOOST_TEST(outer("(rm /dev/fuse || umount /dev/fuse || umount "
                   "/.workspace/mark) 2>/dev/null || echo no")
             == "no");
}

BOOST_AUTO_TEST_SUITE_END()
