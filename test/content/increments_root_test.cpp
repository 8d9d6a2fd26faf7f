#include "test/content/content_node.hpp"

#include <fstream>

namespace berth::test {

namespace {

namespace fs = std::filesystem;

struct increments_fixture : content_node {
  increments_fixture() { all->content.incremental = true; }

  void start_from_backup(const std::string& instance) {
    auto what = initialize_content{};
    what.id = id_of(instance);
    what.is_empty = true;
    auto outcome = ask<content_initialized>(contents, what);
    BOOST_REQUIRE_EQUAL(why_not(outcome), "");
  }

  content_archived save(const std::string& instance, archive_purpose purpose) {
    auto outcome = ask<content_archived>(
      contents, archive_content{id_of(instance), purpose, ""});
    BOOST_REQUIRE_EQUAL(why_not(outcome), "");
    return *outcome;
  }

  /// A final backup; the content is gone then.
  content_archived end(const std::string& instance) {
    auto saved = save(instance, archive_purpose::final_backup);
    BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, discard_content{instance})),
                        "");
    return saved;
  }

  void fill(const std::string& instance) const {
    shell("cd state/content/" + instance
          + " && mkdir src && for i in $(seq 300); do "
            "head -c 3000 /dev/urandom > src/$i; done && "
            "head -c 3000000 /dev/urandom > big && chown -R 33333:33333 .");
  }

  /// All files of the content by name and digest.
  std::string sums(const std::string& instance) const {
    shell("cd state/content/" + instance
          + " && find . -type f ! -path './.gitpod/*' | sort | "
            "xargs sha256sum > $ROOT/sums");
    return read(root / "sums");
  }

  std::vector<object_info> kept() const {
    auto list = storage->generations({"alice", "project"});
    BOOST_REQUIRE(list);
    return *list;
  }

  fs::path indexes() const { return layout{*all}.pieces("alice", "project"); }

  fs::path object(const std::string& file) const {
    auto name = object_name{{"alice", "project"}, file};
    return layout{*all}.objects() / storage->scheme().bucket(name)
           / storage->scheme().key(name);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(increments, increments_fixture)

BOOST_AUTO_TEST_CASE(a_workspace_that_changed_little_stores_little) {
  start_from_backup("w1");
  fill("w1");
  auto first = end("w1");
  BOOST_TEST(kept().front().needs.empty());
  start_from_backup("w2");
  BOOST_TEST(fs::exists(indexes() / kept().front().file));
  write(live("w2") / "src/7", "changed");
  auto before = sums("w2");
  auto second = end("w2");
  BOOST_TEST(second.bytes < first.bytes / 10);
  BOOST_TEST(kept().front().needs.size() == 1u);
  // Nobody will need to know: the content is gone.
  BOOST_TEST(!fs::exists(indexes()));
  start_from_backup("w3");
  BOOST_TEST(sums("w3") == before);
}

BOOST_AUTO_TEST_CASE(backups_of_content_that_goes_on_follow_each_other) {
  start_from_backup("w1");
  fill("w1");
  save("w1", archive_purpose::backup);
  BOOST_TEST(fs::exists(indexes() / kept().front().file));
  for (auto* text : {"one", "two", "three", "four", "five"}) {
    write(live("w1") / "note", text);
    auto saved = save("w1", archive_purpose::backup);
    BOOST_TEST(saved.bytes < 300'000u);
    BOOST_TEST(!kept().front().needs.empty());
  }
  auto before = sums("w1");
  BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, discard_content{"w1"})), "");
  start_from_backup("w2");
  BOOST_TEST(sums("w2") == before);
}

BOOST_AUTO_TEST_CASE(a_damaged_base_is_seen_and_nothing_begins_anew) {
  start_from_backup("w1");
  fill("w1");
  end("w1");
  auto base = kept().front().file;
  start_from_backup("w2");
  end("w2");
  auto bytes = read(object(base));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write(object(base), bytes);
  auto what = initialize_content{};
  what.id = id_of("w3");
  what.is_empty = true;
  auto outcome = ask<content_initialized>(contents, what);
  BOOST_TEST(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::data_loss));
  BOOST_TEST(!fs::exists(live("w3")));
}

BOOST_AUTO_TEST_CASE(without_an_index_a_backup_is_whole) {
  start_from_backup("w1");
  fill("w1");
  end("w1");
  start_from_backup("w2");
  fs::remove_all(indexes());
  end("w2");
  BOOST_TEST(kept().front().needs.empty());
}

BOOST_AUTO_TEST_CASE(switched_off_backups_are_whole_and_read_all_the_same) {
  start_from_backup("w1");
  fill("w1");
  end("w1");
  start_from_backup("w2");
  write(live("w2") / "note", "increment");
  end("w2");
  BOOST_TEST(!kept().front().needs.empty());
  all->content.incremental = false;
  start_from_backup("w3");
  BOOST_TEST(read(live("w3") / "note") == "increment");
  end("w3");
  BOOST_TEST(kept().front().needs.empty());
  BOOST_TEST(fs::exists(object("full.tar.zst")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
