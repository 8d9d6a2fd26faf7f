#include "sys/free_space.hpp"
#include "sys/quota.hpp"
#include "sys/tree.hpp"
#include "sys/tree_size.hpp"
#include "test/housekeeping/loop_file_system.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace berth::test {

namespace {

constexpr auto mib = uint64_t{1} << 20;

/// How many MiB can be written to a new file; errno of the first that cannot.
std::pair<uint64_t, int> written_mib(const std::filesystem::path& to,
                                     uint64_t most) {
  auto file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  BOOST_REQUIRE_GE(file, 0);
  auto bytes = std::vector<char>(mib, 'x');
  auto count = uint64_t{0};
  auto why = 0;
  for (; count < most && why == 0; ++count)
    // Reserved space is settled, and counted, when it is on disk.
    if (::write(file, bytes.data(), mib) < 0 || ::fsync(file) < 0)
      why = errno;
  ::close(file);
  return {why == 0 ? count : count - 1, why};
}

struct btrfs_with_quotas {
  loop_file_system disk{"btrfs", 256 * mib};
  std::filesystem::path limited = disk.path() / "limited";

  btrfs_with_quotas() { shell("btrfs quota enable " + disk.path().native()); }

  void make() const {
    auto made = sys::make_limited_directory(limited, 0755, 20 * mib);
    BOOST_REQUIRE_MESSAGE(made, describe(made ? caf::error{} : made.error()));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(storage_quota)

BOOST_FIXTURE_TEST_CASE(ends_what_a_directory_may_hold, btrfs_with_quotas) {
  BOOST_TEST(sys::can_limit_directories(disk.path()));
  make();
  BOOST_TEST(sys::is_limited_directory(limited));
  auto [written, why] = written_mib(limited / "file", 100);
  BOOST_TEST(why == EDQUOT);
  BOOST_TEST(written <= 20u);
  BOOST_TEST(written >= 15u);
  // Beside it there is no limit.
  auto beside = written_mib(disk.path() / "beside", 40);
  BOOST_TEST(beside.second == 0);
}

BOOST_FIXTURE_TEST_CASE(moves_and_goes_with_its_directory, btrfs_with_quotas) {
  make();
  auto moved = disk.path() / "moved";
  std::filesystem::rename(limited, moved);
  BOOST_TEST(sys::is_limited_directory(moved));
  BOOST_TEST(written_mib(moved / "file", 100).second == EDQUOT);
  BOOST_TEST(!!sys::remove_tree(moved));
  BOOST_TEST(!std::filesystem::exists(moved));
  // The same name again, with a limit of its own.
  make();
  BOOST_TEST(written_mib(limited / "file", 10).second == 0);
}

BOOST_AUTO_TEST_CASE(is_refused_where_the_file_system_has_none) {
  auto disk = loop_file_system{"ext4", 32 * mib};
  BOOST_TEST(!sys::can_limit_directories(disk.path()));
  auto made = sys::make_limited_directory(disk.path() / "limited", 0755, mib);
  BOOST_REQUIRE(!made);
  BOOST_TEST(is_errno(made.error(), ENOTSUP));
  BOOST_TEST(!std::filesystem::exists(disk.path() / "limited"));
}

BOOST_AUTO_TEST_CASE(is_measured_without_following_links) {
  auto disk = loop_file_system{"ext4", 64 * mib};
  auto tree = disk.path() / "tree";
  auto text = tree.native();
  shell("mkdir -p " + text + "/a; cd " + text
        + "; dd if=/dev/zero of=a/one bs=1M count=2 status=none; ln a/one two;"
          " ln -s /usr link; mkfifo pipe; truncate -s 1G hole;"
          " i=0; d=.; while [ $i -lt 200 ]; do d=$d/d; i=$((i+1)); done;"
          " mkdir -p $d; dd if=/dev/zero of=$d/deep bs=1M count=1 status=none;"
          " sync");
  auto size = sys::measure_tree(tree);
  BOOST_REQUIRE(size);
  // Two files of one and two MiB, 202 directories of a block each.
  BOOST_TEST(size->bytes >= 3 * mib);
  BOOST_TEST(size->bytes < 5 * mib);
  BOOST_TEST(size->files == 207u);
}

BOOST_AUTO_TEST_CASE(tells_what_is_left) {
  auto disk = loop_file_system{"ext4", 64 * mib};
  auto before = sys::find_free_space(disk.path());
  BOOST_REQUIRE(before);
  BOOST_TEST(before->counts_files);
  BOOST_TEST(before->bytes > 30 * mib);
  disk.fill();
  BOOST_TEST(sys::find_free_space(disk.path())->bytes < mib);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
