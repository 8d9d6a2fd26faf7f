#include "sys/file.hpp"
#include "sys/mount.hpp"
#include "sys/mount_table.hpp"
#include "test/sys/support.hpp"

#include <sys/stat.h>

#include <algorithm>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

constexpr auto root_number = 5;

struct container {
  container() {
    for (auto name : {"low", "rw", "root"})
      need(sys::make_directories(dir / name, 0755));
    write(dir / "low/hello", "from the layer");
  }

  ending sh(const std::string& script) {
    auto spec = sys::overlay_spec{};
    spec.layers = {dir / "low"};
    spec.upper = dir / "rw";
    spec.first_id = first_id;
    auto root = need(sys::mount_overlay(spec, test::make_userns()));
    return run({program("berth-ns").native(), "container", "--root-fd",
                std::to_string(root_number), "--root-at",
                (dir / "root").native(), "--", "/bin/sh", "-c", script},
               {.fds = {{root.get(), root_number}, {0, 7}}});
  }

  temporary_directory dir;
};

struct stat stat_of(const char* path) {
  struct stat found;
  BOOST_REQUIRE_EQUAL(::stat(path, &found), 0);
  return found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(container_view, container)

BOOST_AUTO_TEST_CASE(has_the_root_where_it_belongs) {
  auto end = sh("cat " + (dir / "root/hello").native());
  BOOST_TEST(end.out == "from the layer", end.err);
}

BOOST_AUTO_TEST_CASE(leaves_the_host_without_a_trace) {
  auto before = need(sys::mount_table());
  sh("true");
  BOOST_TEST(need(sys::mount_table()).size() == before.size());
  BOOST_TEST(fs::is_empty(dir / "root"));
}

BOOST_AUTO_TEST_CASE(has_device_nodes_of_its_own) {
  auto before = stat_of("/dev/null");
  auto end = sh("for d in null zero full random urandom; do "
                "chown 1234 /dev/$d; chmod 600 /dev/$d; done;"
                "echo x >/dev/null && stat -c '%u %a' /dev/null /dev/urandom");
  BOOST_TEST(end.out == "1234 600\n1234 600\n", end.err);
  auto after = stat_of("/dev/null");
  BOOST_TEST(after.st_uid == before.st_uid);
  BOOST_TEST(after.st_mode == before.st_mode);
}

BOOST_AUTO_TEST_CASE(hides_a_second_cgroup_hierarchy) {
  auto end = sh("grep -c '/sys/fs/cgroup/unified ' /proc/self/mountinfo");
  BOOST_TEST(end.out == "0\n");
}

BOOST_AUTO_TEST_CASE(keeps_inherited_descriptors_but_the_root) {
  auto end = sh("ls /proc/$$/fd; :");
  BOOST_TEST(end.out == "0\n1\n2\n7\n");
}

BOOST_AUTO_TEST_CASE(fails_when_there_is_no_place_for_the_root) {
  fs::remove(dir / "root");
  auto end = sh("true");
  BOOST_TEST(end.code == 1);
  BOOST_TEST(end.err
             == "berth-ns: move_mount " + (dir / "root").native()
                  + ": No such file or directory\n");
}

BOOST_AUTO_TEST_SUITE_END()
