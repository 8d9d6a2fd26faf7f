#include "sys/file.hpp"
#include "sys/mount.hpp"
#include "sys/mount_table.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

struct stat lstat_of(const fs::path& path) {
  struct stat found;
  BOOST_REQUIRE_EQUAL(::lstat(path.c_str(), &found), 0);
  return found;
}

uint32_t owner(const fs::path& path) {
  return lstat_of(path).st_uid;
}

/// Makes files as one of the user namespace's ids.
template <class Body>
void as(uint32_t id, Body body) {
  ::setfsgid(id);
  ::setfsuid(id);
  body();
  ::setfsuid(0);
  ::setfsgid(0);
}

/// Two layers, a place for the writable one, and where to mount them.
struct overlay_fixture {
  overlay_fixture() {
    for (auto name : {"low", "high", "rw", "root"})
      need(sys::make_directories(dir / name, 0755));
    write(dir / "low/both", "low");
    write(dir / "high/both", "high");
    write(dir / "low/only", "low only");
    BOOST_REQUIRE_EQUAL(::chown((dir / "low/only").c_str(), 33333, 33333), 0);
    spec.layers = {dir / "high", dir / "low"};
    spec.upper = dir / "rw";
    spec.first_id = first_id;
  }

  /// Runs `body` in a mount namespace that has the overlay at `root`.
  void mounted(const std::function<void()>& body) {
    in_own(CLONE_NEWNS, [&] {
      auto mount = need(sys::mount_overlay(spec, test::make_userns()));
      BOOST_REQUIRE_EQUAL(::move_mount(mount.get(), "", AT_FDCWD,
                                       root().c_str(), MOVE_MOUNT_F_EMPTY_PATH),
                          0);
      body();
      BOOST_REQUIRE_EQUAL(::umount2(root().c_str(), MNT_DETACH), 0);
    });
  }

  fs::path root() const { return dir / "root"; }

  temporary_directory dir;
  sys::overlay_spec spec;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(overlay, overlay_fixture)

BOOST_AUTO_TEST_CASE(shows_the_top_most_layer_with_the_workspaces_ids) {
  mounted([&] {
    BOOST_TEST(read(root() / "both") == "high");
    BOOST_TEST(read(root() / "only") == "low only");
    BOOST_TEST(owner(root() / "both") == first_id);
    BOOST_TEST(owner(root() / "only") == first_id + 33333);
  });
}

BOOST_AUTO_TEST_CASE(keeps_ids_from_0_on_disk) {
  mounted([&] {
    as(first_id, [&] {
      write(root() / "new", "x");
      write(root() / "both", "copied up");
    });
    as(first_id + 33333, [&] { write(root() / "only", "too"); });
    BOOST_TEST(owner(root() / "new") == first_id);
  });
  BOOST_TEST(owner(dir / "rw/upper/new") == 0U);
  BOOST_TEST(owner(dir / "rw/upper/both") == 0U);
  BOOST_TEST(owner(dir / "rw/upper/only") == 33333U);
  BOOST_TEST(owner(dir / "rw/upper") == 0U);
  BOOST_TEST(read(dir / "low/only") == "low only");
}

BOOST_AUTO_TEST_CASE(writes_whiteouts_that_a_later_mount_understands) {
  mounted([&] {
    as(first_id, [&] { fs::remove(root() / "both"); });
    BOOST_TEST(!fs::exists(root() / "both"));
  });
  auto whiteout = lstat_of(dir / "rw/upper/both");
  BOOST_TEST(S_ISCHR(whiteout.st_mode));
  BOOST_TEST(whiteout.st_rdev == 0U);
  mounted([&] {
    BOOST_TEST(!fs::exists(root() / "both"));
    BOOST_TEST(fs::exists(root() / "only"));
  });
}

BOOST_AUTO_TEST_CASE(takes_many_layers) {
  spec.layers.clear();
  for (auto i = 0; i < 64; ++i) {
    auto layer = dir / ("layer" + std::to_string(i));
    need(sys::make_directories(layer, 0755));
    write(layer / ("f" + std::to_string(i)), "x");
    spec.layers.push_back(layer);
  }
  mounted([&] {
    BOOST_TEST(fs::exists(root() / "f0"));
    BOOST_TEST(fs::exists(root() / "f63"));
  });
}

BOOST_AUTO_TEST_CASE(opens_no_devices_but_keeps_setuid) {
  mounted([&] {
    auto table = need(sys::mount_table());
    auto mine = std::find_if(table.begin(), table.end(), [&](auto& entry) {
      return entry.point == root();
    });
    BOOST_REQUIRE(mine != table.end());
    BOOST_TEST(mine->type == "overlay");
    BOOST_TEST(mine->options.find("nodev") != std::string::npos);
    BOOST_TEST(mine->options.find("nosuid") == std::string::npos);
    BOOST_TEST(mine->options.starts_with("rw"));
  });
}

BOOST_AUTO_TEST_CASE(leaves_its_thread_with_its_own_ids) {
  in_own(CLONE_NEWNS, [&] {
    need(sys::mount_overlay(spec, test::make_userns()));
    BOOST_TEST(::setfsuid(0) == 0);
    BOOST_TEST(::setfsgid(0) == 0);
    BOOST_TEST(bool{sys::read_file("/etc/shadow", 1 << 20)});
  });
}

BOOST_AUTO_TEST_CASE(names_the_layer_that_is_missing) {
  in_own(CLONE_NEWNS, [&] {
    spec.layers.push_back(dir / "nowhere");
    auto outcome = sys::mount_overlay(spec, test::make_userns());
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(describe(outcome.error())
               == "open_tree " + (dir / "nowhere").native()
                    + ": No such file or directory");
  });
}

BOOST_AUTO_TEST_CASE(is_gone_when_nobody_attaches_it) {
  in_own(CLONE_NEWNS, [&] {
    auto before = need(sys::mount_table()).size();
    need(sys::mount_overlay(spec, test::make_userns()));
    BOOST_TEST(need(sys::mount_table()).size() == before);
  });
}

BOOST_AUTO_TEST_SUITE_END()
