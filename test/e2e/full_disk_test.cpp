#include "test/e2e/archives.hpp"
#include "test/housekeeping/loop_file_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::e2e;

namespace {

namespace fs = std::filesystem;

constexpr auto disk_size = uint64_t{320} << 20;
/// More than the database has put aside for bad times.
constexpr auto content_size = "24";

struct small_disk {
  test::loop_file_system disk{"ext4", disk_size};
};

/// One that starts what it may, however little is left.
struct cramped_service : private small_disk, service {
  cramped_service()
    : service("content: {min_free_space: \"\", min_free_files: 0}\n", "",
              disk.path() / "state") {
    import_base();
  }

  using small_disk::disk;

  std::string tree(const std::string& id) const {
    return tree_of(state() / "content" / id);
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_full_disk_loses_nothing_and_is_got_over,
                        cramped_service) {
  auto first = request(fresh_id());
  auto id = running(*this, first);
  auto written = exec(id, {"sh", "-c",
                           std::string{"cd /workspace && echo one > file && dd "
                                       "if=/dev/urandom of=noise bs=1M count="}
                             + content_size});
  BOOST_REQUIRE_MESSAGE(written.code == 0, written.text);
  auto named = snapshot(*this, id);
  BOOST_REQUIRE(named);
  auto before = tree(id);
  exec(id, {"sh", "-c", "echo two > /workspace/file"});
  auto after = tree(id);

  disk.fill();
  BOOST_TEST(!snapshot(*this, id));
  BOOST_TEST(describe(id)->phase() == wsman::RUNNING);
  BOOST_REQUIRE(stop(id).ok());
  await_message(*this, id, "the backup waits: ");
  BOOST_TEST(describe(id)->phase() == wsman::STOPPING);
  crash();
  begin();
  BOOST_TEST(describe(id)->phase() == wsman::STOPPING);
  BOOST_TEST(tree(id) == after);

  disk.make_room();
  auto stopped = await(id, wsman::STOPPED);
  BOOST_TEST(stopped.conditions().failed() == "");
  BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);
  await_archives(*this);
  BOOST_TEST(!fs::exists(state() / "content" / id));
  auto err = std::error_code{};
  BOOST_TEST((!fs::exists(state() / "quarantine")
              || fs::is_empty(state() / "quarantine", err)));

  auto next = request(fresh_id());
  next.mutable_metadata()->set_meta_id(first.metadata().meta_id());
  BOOST_TEST(tree(running(*this, next)) == after);
  BOOST_TEST(tree(running(*this, restored(*named))) == before);
}
