#include "sys/mount_table.hpp"
#include "test/sys/support.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

using namespace berth;
using namespace berth::test;

BOOST_AUTO_TEST_SUITE(mount_table)

BOOST_AUTO_TEST_CASE(parses_tags_and_escapes) {
  auto table = need(sys::parse_mount_table(
    "36 35 98:0 /a\\040b /mnt\\134c rw,noatime shared:1 master:2 - ext4 "
    "/dev/ro\\011ot rw,errors=continue\n"
    "37 36 0:5 / /plain ro - tmpfs none rw\n"));
  BOOST_REQUIRE_EQUAL(table.size(), 2U);
  BOOST_TEST(table[0].id == 36U);
  BOOST_TEST(table[0].parent == 35U);
  BOOST_TEST(table[0].root == "/a b");
  BOOST_TEST(table[0].point == "/mnt\\c");
  BOOST_TEST(table[0].options == "rw,noatime");
  BOOST_TEST(table[0].type == "ext4");
  BOOST_TEST(table[0].source == "/dev/ro\tot");
  BOOST_TEST(table[0].super_options == "rw,errors=continue");
  BOOST_TEST(table[1].type == "tmpfs");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_mountinfo) {
  BOOST_TEST(!sys::parse_mount_table("hello world\n"));
  BOOST_TEST(!sys::parse_mount_table("1 2 0:1 / /x rw shared:1\n"));
  BOOST_TEST(need(sys::parse_mount_table("")).empty());
}

BOOST_AUTO_TEST_CASE(sees_the_callers_own_mounts) {
  in_own(CLONE_NEWNS, [] {
    auto dir = temporary_directory{};
    auto is_here = [&] {
      auto table = need(sys::mount_table());
      return std::any_of(table.begin(), table.end(), [&](auto& entry) {
        return entry.point == dir.path();
      });
    };
    BOOST_TEST(!is_here());
    BOOST_REQUIRE_EQUAL(::mount("t", dir.path().c_str(), "tmpfs", 0, nullptr),
                        0);
    BOOST_TEST(is_here());
    BOOST_REQUIRE_EQUAL(::umount(dir.path().c_str()), 0);
    BOOST_TEST(!is_here());
  });
}

BOOST_AUTO_TEST_SUITE_END()
