#include "test/e2e/archives.hpp"
#include "test/housekeeping/loop_file_system.hpp"

#include <boost/mpl/vector.hpp>
#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::e2e;

namespace {

namespace fs = std::filesystem;

constexpr auto disk_size = uint64_t{320} << 20;
/// More than the database has put aside for bad times.
constexpr auto content_size = "24";

struct small_ext4 {
  test::loop_file_system disk{"ext4", disk_size};
};

/// It takes pages of mapped files away where nothing more can be written.
struct small_btrfs {
  test::loop_file_system disk{"btrfs", disk_size};
};

using small_disks = boost::mpl::vector<small_ext4, small_btrfs>;

/// One that starts what it may, however little is left.
template <class SmallDisk>
struct cramped_service : private SmallDisk, service {
  cramped_service()
    : service("content: {min_free_space: \"\", min_free_files: 0}\n", "",
              SmallDisk::disk.path() / "state") {
    import_base();
  }

  using SmallDisk::disk;

  std::string tree(const std::string& id) const {
    return tree_of(state() / "content" / id);
  }
};

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_full_disk_loses_nothing_and_is_got_over,
                              small_disk, small_disks) {
  auto node = cramped_service<small_disk>{};
  auto first = service::request(fresh_id());
  auto id = running(node, first);
  auto written
    = node.exec(id, {"sh", "-c",
                     std::string{"cd /workspace && echo one > file && dd "
                                 "if=/dev/urandom of=noise bs=1M count="}
                       + content_size});
  BOOST_REQUIRE_MESSAGE(written.code == 0, written.text);
  auto named = snapshot(node, id);
  BOOST_REQUIRE(named);
  auto before = node.tree(id);
  node.exec(id, {"sh", "-c", "echo two > /workspace/file"});
  auto after = node.tree(id);

  node.disk.fill();
  BOOST_TEST(!snapshot(node, id));
  BOOST_TEST(node.describe(id)->phase() == wsman::RUNNING);
  BOOST_REQUIRE(node.stop(id).ok());
  await_message(node, id, "the backup waits: ");
  BOOST_TEST(node.describe(id)->phase() == wsman::STOPPING);
  node.crash();
  node.begin();
  BOOST_TEST(node.describe(id)->phase() == wsman::STOPPING);
  BOOST_TEST(node.tree(id) == after);

  node.disk.make_room();
  auto stopped = node.await(id, wsman::STOPPED);
  BOOST_TEST(stopped.conditions().failed() == "");
  BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);
  await_archives(node);
  BOOST_TEST(!fs::exists(node.state() / "content" / id));
  auto err = std::error_code{};
  BOOST_TEST((!fs::exists(node.state() / "quarantine")
              || fs::is_empty(node.state() / "quarantine", err)));

  auto next = service::request(fresh_id());
  next.mutable_metadata()->set_meta_id(first.metadata().meta_id());
  BOOST_TEST(node.tree(running(node, next)) == after);
  BOOST_TEST(node.tree(running(node, restored(*named))) == before);
}
