#include "core/objects/backup_index.hpp"
#include "core/objects/file_storage.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace berth {

namespace {

namespace fs = std::filesystem;

const auto mine = object_owner{"alice", "project-1"};

struct storage_fixture {
  storage_fixture() {
    char path[] = "/tmp/berth-objects-XXXXXX";
    root = ::mkdtemp(path);
    storage = make_file_storage(root / "objects", 2);
  }
  ~storage_fixture() { fs::remove_all(root); }

  staged_object staged(const std::string& bytes) {
    auto out = storage->staging().create("object-" + std::to_string(++clock));
    BOOST_REQUIRE(out);
    BOOST_REQUIRE_EQUAL(::write(out->writer.get(), bytes.data(), bytes.size()),
                        static_cast<ssize_t>(bytes.size()));
    return std::move(*out);
  }

  object_info described(const std::string& bytes) {
    auto info = object_info{};
    info.bytes = bytes.size();
    info.sha256 = std::string(64, 'a');
    info.entries = 3;
    info.created_ns = ++clock;
    return info;
  }

  result<object_name> back_up(const std::string& bytes) {
    auto object = staged(bytes);
    return storage->publish_backup(mine, object, described(bytes));
  }

  static std::string read(const result<opened_object>& object) {
    if (!object)
      return describe(object.error());
    auto text = std::string(1024, '\0');
    auto got = ::read(object->content.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return text;
  }

  fs::path directory() const {
    return root / "objects/gitpod-user-alice/workspaces/project-1";
  }

  void write(const std::string& file, const std::string& bytes) {
    fs::create_directories(directory());
    std::ofstream{directory() / file} << bytes;
  }

  size_t count(const std::string& prefix) const {
    auto n = size_t{0};
    for (const auto& entry : fs::directory_iterator{directory()})
      n += entry.path().filename().native().starts_with(prefix);
    return n;
  }

  fs::path root;
  std::unique_ptr<object_storage> storage;
  int64_t clock = 1'000;
};

} // namespace

BOOST_AUTO_TEST_SUITE(object_names)

BOOST_AUTO_TEST_CASE(reads_what_it_writes) {
  for (auto file : {snapshot_file(1650000000000000000), trail_file(7),
                    std::string{backup_file}, std::string{"full.tar"},
                    std::string{"snapshot-1.tar"}}) {
    auto name = object_name{mine, file};
    auto parsed = parse_object_name(name.qualified());
    BOOST_REQUIRE(parsed);
    BOOST_TEST((*parsed == name));
  }
  BOOST_TEST((object_name{mine, "full.tar"}.qualified())
             == "workspaces/project-1/full.tar@gitpod-user-alice");
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
    auto parsed = parse_object_name(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(!parsed);
      BOOST_TEST((code_of(parsed.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(file_storage, storage_fixture)

BOOST_AUTO_TEST_CASE(has_no_backup_at_first) {
  auto opened = storage->open_backup(mine);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(shows_a_backup_only_when_published) {
  auto object = staged("one");
  BOOST_TEST(!storage->open_backup(mine));
  auto name = storage->publish_backup(mine, object, described("one"));
  BOOST_REQUIRE(name);
  BOOST_TEST(name->qualified()
             == "workspaces/project-1/full.tar.zst@gitpod-user-alice");
  BOOST_TEST(read(storage->open_backup(mine)) == "one");
  BOOST_TEST(read(storage->open(*name)) == "one");
  BOOST_TEST(!fs::exists(object.path));
}

BOOST_AUTO_TEST_CASE(keeps_as_many_generations_as_told_and_no_more) {
  for (auto* text : {"one", "two", "three", "four"})
    BOOST_REQUIRE(back_up(text));
  auto kept = storage->generations(mine);
  BOOST_REQUIRE(kept);
  BOOST_REQUIRE_EQUAL(kept->size(), 3u);
  BOOST_TEST(kept->front().generation == 4u);
  BOOST_TEST(read(storage->open_backup(mine)) == "four");
  BOOST_TEST(read(storage->open({mine, kept->back().file})) == "two");
  BOOST_TEST(count("trail-") == 3u);
}

BOOST_AUTO_TEST_CASE(shows_the_newest_under_the_name_others_read) {
  BOOST_REQUIRE(back_up("one"));
  BOOST_REQUIRE(back_up("two"));
  auto file = std::ifstream{directory() / "full.tar.zst"};
  auto text = std::string{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(text == "two");
}

BOOST_AUTO_TEST_CASE(refuses_an_archive_of_another_length) {
  BOOST_REQUIRE(back_up("good"));
  auto object = staged("short");
  auto outcome
    = storage->publish_backup(mine, object, described("much longer"));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::data_loss));
  BOOST_TEST(read(storage->open_backup(mine)) == "good");
}

BOOST_AUTO_TEST_CASE(notices_a_backup_that_was_cut) {
  BOOST_REQUIRE(back_up("whole"));
  auto kept = storage->generations(mine);
  fs::resize_file(directory() / kept->front().file, 2);
  auto opened = storage->open_backup(mine);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE(refuses_a_damaged_list_rather_than_start_anew) {
  BOOST_REQUIRE(back_up("whole"));
  write("full.tar.zst.json", "{\"generations\": [{\"object\": \"../../x\"}]}");
  auto opened = storage->open_backup(mine);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE(reads_a_backup_that_others_put_there_and_keeps_it) {
  write("full.tar", "theirs");
  auto opened = storage->open_backup(mine);
  BOOST_TEST(read(opened) == "theirs");
  BOOST_TEST(opened->info.sha256 == "");
  BOOST_REQUIRE(back_up("ours"));
  BOOST_TEST(read(storage->open_backup(mine)) == "ours");
  auto kept = storage->generations(mine);
  BOOST_REQUIRE_EQUAL(kept->size(), 2u);
  BOOST_TEST(read(storage->open({mine, kept->back().file})) == "theirs");
  BOOST_TEST(!fs::exists(directory() / "full.tar"));
}

BOOST_AUTO_TEST_CASE(a_crash_before_the_list_changes_nothing) {
  BOOST_REQUIRE(back_up("one"));
  write(trail_file(99), "moved, never listed");
  BOOST_TEST(read(storage->open_backup(mine)) == "one");
  BOOST_REQUIRE(back_up("two"));
  BOOST_TEST(count("trail-") == 2u);
}

BOOST_AUTO_TEST_CASE(snapshots_have_names_of_their_own_and_stay) {
  auto first = staged("first");
  auto name = storage->publish_snapshot(mine, first, described("first"));
  BOOST_REQUIRE(name);
  auto second = staged("second");
  BOOST_REQUIRE(storage->publish_snapshot(mine, second, described("second")));
  auto opened = storage->open(*name);
  BOOST_TEST(read(opened) == "first");
  BOOST_TEST(opened->info.sha256.size() == 64u);
  BOOST_TEST(!storage->open_backup(mine));
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_is_not_there_is_not_found) {
  auto opened = storage->open({mine, snapshot_file(5)});
  BOOST_REQUIRE(!opened);
  BOOST_TEST((code_of(opened.error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(never_follows_a_link_out_of_the_storage) {
  write("secret", "host file");
  fs::create_symlink("secret", directory() / snapshot_file(5));
  BOOST_TEST(!storage->open({mine, snapshot_file(5)}));
}

BOOST_AUTO_TEST_CASE(takes_no_owner_that_could_be_a_path) {
  auto object = staged("x");
  auto outcome = storage->publish_backup({"..", "m"}, object, described("x"));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::invalid_argument));
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
