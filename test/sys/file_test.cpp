#include "sys/file.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat found;
  BOOST_REQUIRE_EQUAL(::lstat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

size_t entries(const fs::path& dir) {
  return static_cast<size_t>(
    std::distance(fs::directory_iterator{dir}, fs::directory_iterator{}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(replaces_a_file_and_leaves_nothing_beside_it) {
  auto dir = temporary_directory{};
  need(sys::replace_file(dir / "f", "old", 0644));
  need(sys::replace_file(dir / "f", "new", 0600));
  BOOST_TEST(read(dir / "f") == "new");
  BOOST_TEST(mode_of(dir / "f") == 0600U);
  BOOST_TEST(entries(dir.path()) == 1U);
}

BOOST_AUTO_TEST_CASE(keeps_the_old_file_when_it_cannot_write_the_new_one) {
  in_own(CLONE_NEWNS, [] {
    auto dir = temporary_directory{};
    BOOST_REQUIRE_EQUAL(
      ::mount("t", dir.path().c_str(), "tmpfs", 0, "size=64k"), 0);
    write(dir / "f", "old");
    auto outcome
      = sys::replace_file(dir / "f", std::string(1 << 20, 'x'), 0600);
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(is_errno(outcome.error(), ENOSPC));
    BOOST_TEST(read(dir / "f") == "old");
    BOOST_TEST(entries(dir.path()) == 1U);
    ::umount(dir.path().c_str());
  });
}

BOOST_AUTO_TEST_CASE(makes_directories_with_the_mode_asked_for) {
  auto dir = temporary_directory{};
  auto mask = ::umask(077);
  need(sys::make_directories(dir / "a/b/c", 0751));
  ::umask(mask);
  BOOST_TEST(mode_of(dir / "a") == 0751U);
  BOOST_TEST(mode_of(dir / "a/b/c") == 0751U);
  need(sys::make_directories(dir / "a/b", 0700));
  BOOST_TEST(mode_of(dir / "a/b") == 0751U); // was there: left alone
  write(dir / "a/file", "");
  BOOST_TEST(
    is_errno(sys::make_directories(dir / "a/file/d", 0700).error(), ENOTDIR));
}

BOOST_AUTO_TEST_CASE(spreads_directories_where_the_file_system_can) {
  auto dir = temporary_directory{};
  need(sys::spread_directories(dir.path()));
  need(sys::spread_directories(dir.path())); // again, as each start does
  struct statfs on;
  BOOST_REQUIRE_EQUAL(::statfs(dir.path().c_str(), &on), 0);
  if (on.f_type == EXT4_SUPER_MAGIC) {
    auto opened = need(sys::open_directory(dir.path()));
    auto flags = 0;
    BOOST_REQUIRE_EQUAL(::ioctl(opened.get(), FS_IOC_GETFLAGS, &flags), 0);
    BOOST_TEST((flags & FS_TOPDIR_FL) != 0);
  }
  in_own(CLONE_NEWNS, [&] {
    BOOST_REQUIRE_EQUAL(::mount("t", dir.path().c_str(), "tmpfs", 0, ""), 0);
    need(sys::spread_directories(dir.path()));
    ::umount(dir.path().c_str());
  });
}

BOOST_AUTO_TEST_CASE(moves_only_to_where_nothing_is) {
  auto dir = temporary_directory{};
  need(sys::make_directories(dir / "from/sub", 0700));
  need(sys::make_directories(dir / "there", 0700));
  BOOST_TEST(is_errno(sys::move(dir / "from", dir / "there").error(), EEXIST));
  need(sys::move(dir / "from", dir / "to"));
  BOOST_TEST(fs::exists(dir / "to/sub"));
  BOOST_TEST(!fs::exists(dir / "from"));
}

BOOST_AUTO_TEST_CASE(opens_beneath_and_nowhere_else) {
  in_own(CLONE_NEWNS, [] {
    auto dir = temporary_directory{};
    need(sys::make_directories(dir / "root/sub", 0700));
    need(sys::make_directories(dir / "root/mounted", 0700));
    write(dir / "outside", "secret");
    write(dir / "root/sub/f", "fine");
    fs::create_symlink("../outside", dir / "root/up");
    fs::create_symlink("sub", dir / "root/link");
    BOOST_REQUIRE_EQUAL(
      ::mount("t", (dir / "root/mounted").c_str(), "tmpfs", 0, nullptr), 0);
    auto root = need(sys::open_directory(dir / "root"));
    auto open = [&](const std::string& name) {
      return sys::open_beneath(root.get(), name, O_RDONLY);
    };
    BOOST_TEST(bool{open("sub/f")});
    BOOST_TEST(is_errno(open("up").error(), ELOOP));
    BOOST_TEST(is_errno(open("link/f").error(), ELOOP));
    BOOST_TEST(is_errno(open("../outside").error(), EXDEV));
    BOOST_TEST(is_errno(open("/etc/passwd").error(), EXDEV));
    BOOST_TEST(is_errno(open("mounted").error(), EXDEV));
    ::umount((dir / "root/mounted").c_str());
  });
}

BOOST_AUTO_TEST_CASE(reads_no_more_than_it_was_told) {
  auto dir = temporary_directory{};
  write(dir / "f", "12345");
  BOOST_TEST(need(sys::read_file(dir / "f", 5)) == "12345");
  BOOST_TEST(is_errno(sys::read_file(dir / "f", 4).error(), EFBIG));
}

BOOST_AUTO_TEST_SUITE_END()
