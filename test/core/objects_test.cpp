#include "core/objects/file_storage.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace berth {

namespace {

namespace fs = std::filesystem;

const auto mine = object_owner{"alice", "project-1"};

struct storage_fixture {
  storage_fixture() {
    char path[] = "/tmp/berth-objects-XXXXXX";
    root = ::mkdtemp(path);
    storage = make_file_storage(root / "objects", 2, root / "storage");
  }
  ~storage_fixture() { fs::remove_all(root); }

  staged_object staged(const std::string& bytes) {
    auto out = storage->staging().create("object-" + std::to_string(++clock));
    BOOST_REQUIRE(out);
    BOOST_REQUIRE_EQUAL(::write(out->writer.get(), bytes.data(), bytes.size()),
                        static_cast<ssize_t>(bytes.size()));
    return std::move(*out);
  }

  fs::path directory() const {
    return root / "objects/gitpod-user-alice/workspaces/project-1";
  }

  void write(const std::string& file, const std::string& bytes) {
    fs::create_directories(directory());
    std::ofstream{directory() / file} << bytes;
  }

  fs::path root;
  std::unique_ptr<object_storage> storage;
  int64_t clock = 1'000;
};

} // namespace

BOOST_AUTO_TEST_SUITE(object_names)

BOOST_AUTO_TEST_CASE(reads_what_it_writes) {
  for (const auto& scheme : {bucket_scheme{}, bucket_scheme{"shared"}})
    for (const auto& file : {snapshot_file(1650000000000000000), trail_file(7),
                             std::string{backup_file}, std::string{"full.tar"},
                             std::string{"snapshot-1.tar"}}) {
      auto name = object_name{mine, file};
      auto parsed = scheme.parse(scheme.qualified(name));
      BOOST_REQUIRE(parsed);
      BOOST_TEST((*parsed == name));
    }
}

BOOST_AUTO_TEST_CASE(depend_on_who_shares_a_bucket) {
  auto name = object_name{mine, "full.tar"};
  BOOST_TEST(bucket_scheme{}.qualified(name)
             == "workspaces/project-1/full.tar@gitpod-user-alice");
  BOOST_TEST(bucket_scheme{"shared"}.qualified(name)
             == "alice/workspaces/project-1/full.tar@shared");
}

BOOST_AUTO_TEST_CASE(refuses_every_other_name) {
  for (auto* name :
       {"", "@", "workspaces/m/full.tar", "workspaces/m/full.tar@other-bucket",
        "workspaces/m/full.tar@gitpod-user-",
        "workspaces/m/full.tar@gitpod-user-a@b",
        "workspaces/../full.tar@gitpod-user-a",
        "workspaces/m/../full.tar@gitpod-user-a",
        "workspaces/m/full.tar@gitpod-user-../etc", "/etc/passwd@gitpod-user-a",
        "workspaces/m/x/full.tar@gitpod-user-a",
        "workspaces/m/snapshot-.tar@gitpod-user-a",
        "workspaces/m/snapshot-1.zip@gitpod-user-a",
        "workspaces/m/full.tar.zst.json@gitpod-user-a",
        "workspaces/m/snapshot-123456789012345678901.tar@gitpod-user-a",
        "workspaces/m/snapshot-1a.tar@gitpod-user-a",
        "workspaces/m/@gitpod-user-a"}) {
    auto parsed = bucket_scheme{}.parse(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(!parsed);
      BOOST_TEST((code_of(parsed.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_every_other_name_in_a_shared_bucket) {
  for (auto* name :
       {"", "@", "@shared", "alice@shared", "alice/@shared",
        "workspaces/m/full.tar@shared", "/workspaces/m/full.tar@shared",
        "alice/workspaces/m/full.tar@other",
        "alice/workspaces/m/full.tar@gitpod-user-alice",
        "workspaces/m/full.tar@gitpod-user-alice",
        "../workspaces/m/full.tar@shared",
        "alice/workspaces/../full.tar@shared",
        "alice/bob/workspaces/m/full.tar@shared",
        "alice/workspaces/m/full.tar@shared@shared"}) {
    auto parsed = bucket_scheme{"shared"}.parse(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(!parsed);
      BOOST_TEST((code_of(parsed.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(file_storage, storage_fixture)

BOOST_AUTO_TEST_CASE(never_follows_a_link_out_of_the_storage) {
  write("secret", "host file");
  fs::create_symlink("secret", directory() / snapshot_file(5));
  BOOST_TEST(!storage->open({mine, snapshot_file(5)}));
}

// An empty directory where a file system was has no backup of anybody.
BOOST_AUTO_TEST_CASE(another_storage_is_not_taken_for_it) {
  BOOST_TEST(storage->generations(mine)->empty());
  BOOST_TEST(!!storage->probe());
  fs::rename(root / "objects", root / "unmounted");
  fs::create_directory(root / "objects");
  for (const auto& said :
       {storage->generations(mine).error(), storage->probe().error(),
        storage->open({mine, snapshot_file(5)}).error()})
    BOOST_TEST((code_of(said) == ec::unavailable));
  fs::remove(root / "objects");
  BOOST_TEST((code_of(storage->generations(mine).error()) == ec::unavailable));
  fs::rename(root / "unmounted", root / "objects");
  BOOST_TEST(storage->generations(mine)->empty());
  // A storage that others use is this one's, too.
  auto other = make_file_storage(root / "objects", 2, root / "other");
  BOOST_TEST(other->generations(mine)->empty());
  // On purpose.
  fs::remove_all(root / "objects");
  fs::remove(root / "storage");
  BOOST_TEST(storage->generations(mine)->empty());
}

BOOST_AUTO_TEST_CASE(a_probe_writes_and_leaves_nothing) {
  BOOST_TEST(storage->generations(mine)->empty()); // which makes the directory
  BOOST_TEST(!!storage->probe());
  BOOST_TEST(fs::is_empty(root / "objects/.staging"));
  fs::remove(root / "objects/.staging");
  std::ofstream{root / "objects/.staging"} << "in the way";
  BOOST_TEST(!storage->probe());
}

BOOST_AUTO_TEST_CASE(throws_staged_bytes_away) {
  auto one = staged("one");
  auto two = staged("two");
  BOOST_TEST(!!storage->staging().remove(one));
  BOOST_TEST(!!storage->staging().remove(one));
  BOOST_TEST(!fs::exists(one.path));
  BOOST_TEST(!!storage->staging().keep_only({}));
  BOOST_TEST(!fs::exists(two.path));
}

BOOST_AUTO_TEST_CASE(finds_staged_bytes_again_by_name) {
  const auto& staging = storage->staging();
  auto written = staging.create("w1.backup");
  BOOST_REQUIRE(written);
  BOOST_REQUIRE_EQUAL(::write(written->writer.get(), "abc", 3), 3);
  BOOST_REQUIRE(!!staging.keep_only({"w1.backup"}));
  auto found = staging.reopen("w1.backup");
  BOOST_REQUIRE(found);
  char text[4] = {};
  BOOST_TEST(::read(found->reader.get(), text, 3) == 3);
  BOOST_TEST(text == "abc");
  auto none = staging.reopen("w2.backup");
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(an_earlier_file_of_that_name_is_not_written_into) {
  const auto& staging = storage->staging();
  auto earlier = staging.create("w1.backup");
  auto later = staging.create("w1.backup");
  BOOST_REQUIRE(earlier);
  BOOST_REQUIRE(later);
  BOOST_REQUIRE_EQUAL(::write(earlier->writer.get(), "old", 3), 3);
  char text[4] = {};
  BOOST_TEST(::read(later->reader.get(), text, 3) == 0);
}

BOOST_AUTO_TEST_CASE(stages_nothing_outside_its_directory) {
  for (auto* name : {"", ".", "..", "../x", "a/b"}) {
    auto staged = storage->staging().create(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(!staged);
      BOOST_TEST((code_of(staged.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth
