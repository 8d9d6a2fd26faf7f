#include "sys/file.hpp"
#include "sys/tree.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

/// A chain of `depth` directories, longer than any path may be.
void make_chain(const fs::path& top, int depth) {
  need(sys::make_directories(top, 0700));
  auto at = need(sys::open_directory(top));
  for (auto i = 0; i < depth; ++i) {
    BOOST_REQUIRE_EQUAL(::mkdirat(at.get(), "directory", 0700), 0);
    at = need(sys::open_beneath(at.get(), "directory", O_RDONLY | O_DIRECTORY));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(remove_tree)

BOOST_AUTO_TEST_CASE(removes_everything_below_and_the_top) {
  auto dir = temporary_directory{};
  need(sys::make_directories(dir / "t/a/b", 0700));
  for (auto i = 0; i < 500; ++i)
    write(dir / ("t/a/f" + std::to_string(i)), "x");
  BOOST_REQUIRE_EQUAL(::mkfifo((dir / "t/a/pipe").c_str(), 0600), 0);
  BOOST_REQUIRE_EQUAL(::mknod((dir / "t/whiteout").c_str(), S_IFCHR, 0), 0);
  need(sys::make_directories(dir / "t/locked", 0000));
  need(sys::remove_tree(dir / "t"));
  BOOST_TEST(fs::is_empty(dir.path()));
  need(sys::remove_tree(dir / "t")); // again
  need(sys::remove_tree(dir / "no/such"));
}

BOOST_AUTO_TEST_CASE(never_follows_a_symlink) {
  auto dir = temporary_directory{};
  need(sys::make_directories(dir / "precious", 0700));
  write(dir / "precious/f", "keep");
  need(sys::make_directories(dir / "t", 0700));
  fs::create_symlink(dir / "precious", dir / "t/link");
  fs::create_symlink("../precious/f", dir / "t/file");
  fs::create_symlink("/", dir / "t/root");
  need(sys::remove_tree(dir / "t"));
  BOOST_TEST(read(dir / "precious/f") == "keep");
  fs::create_symlink("precious", dir / "top"); // as the top itself
  need(sys::remove_tree(dir / "top"));
  BOOST_TEST(!fs::is_symlink(dir / "top"));
  BOOST_TEST(read(dir / "precious/f") == "keep");
}

BOOST_AUTO_TEST_CASE(never_enters_a_mount) {
  in_own(CLONE_NEWNS, [] {
    auto dir = temporary_directory{};
    need(sys::make_directories(dir / "precious", 0700));
    write(dir / "precious/f", "keep");
    need(sys::make_directories(dir / "t/bound", 0700));
    auto bound = dir / "t/bound";
    BOOST_REQUIRE_EQUAL(::mount((dir / "precious").c_str(), bound.c_str(),
                                nullptr, MS_BIND, nullptr),
                        0);
    BOOST_TEST(is_errno(sys::remove_tree(dir / "t").error(), EBUSY));
    BOOST_TEST(is_errno(sys::remove_tree(bound).error(), EBUSY)); // as the top
    BOOST_TEST(read(dir / "precious/f") == "keep");
    BOOST_REQUIRE_EQUAL(::umount(bound.c_str()), 0);
    need(sys::remove_tree(dir / "t"));
  });
}

BOOST_AUTO_TEST_CASE(does_not_mind_depth) {
  auto dir = temporary_directory{};
  make_chain(dir / "t", 3000);
  need(sys::remove_tree(dir / "t"));
  BOOST_TEST(fs::is_empty(dir.path()));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_absolute_path) {
  BOOST_CHECK(code_of(sys::remove_tree("relative").error())
              == ec::invalid_argument);
  BOOST_CHECK(code_of(sys::remove_tree("/").error()) == ec::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
