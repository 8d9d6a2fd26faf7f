#include "test/actors/store_fixture.hpp"
#include "test/support/deterministic_system.hpp"

#include <caf/send.hpp>

#include <sys/stat.h>

#include <fstream>
#include <functional>

using namespace berth;
using namespace berth::test;

namespace {

struct store_system : store_directory, deterministic_system {
  std::shared_ptr<database> db;
  store_actor store;

  store_system() { reopen(); }

  void close() {
    if (db)
      caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    store = nullptr;
    settle();
    db.reset();
  }

  /// As a restart of berthd would find it.
  void reopen() {
    close();
    auto opened = database::open(path);
    BOOST_REQUIRE_EQUAL(why_not(opened), "");
    db = std::move(*opened);
    store = spawn(store_worker, db, std::shared_ptr<ballast>{});
  }

  template <class Message>
  std::string put(Message msg) {
    return why_not(ask<stored>(store, std::move(msg)));
  }

  everything_stored load() {
    auto all = ask<everything_stored>(store, load_all{});
    BOOST_REQUIRE_EQUAL(why_not(all), "");
    return std::move(*all);
  }

  /// Changes the file while nobody has it open.
  void meddle(const std::string& sql) {
    close();
    {
      auto other = sqlite_db::open(path);
      BOOST_REQUIRE(other);
      BOOST_REQUIRE_EQUAL(why_not(other->execute(sql)), "");
    }
    reopen();
  }
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info = {};
  BOOST_REQUIRE_EQUAL(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_worker_keeps)

BOOST_FIXTURE_TEST_CASE(nothing_at_first, store_system) {
  auto all = load();
  BOOST_TEST(all.records.empty());
  BOOST_TEST(all.images.empty());
}

BOOST_FIXTURE_TEST_CASE(what_it_was_told_over_a_restart, store_system) {
  BOOST_TEST(put(a_record("b", 1)) == "");
  BOOST_TEST(put(a_record("a", 7)) == "");
  BOOST_TEST(put(an_image("base", 12)) == "");
  reopen();
  auto all = load();
  BOOST_REQUIRE(all.records.size() == 2u);
  BOOST_TEST(all.records[0]->spec.id == "a");
  BOOST_TEST(all.records[0]->version == 7u);
  BOOST_TEST(all.records[0]->spec.initializer == "bytes \xff of 7");
  BOOST_TEST(all.records[1]->spec.id == "b");
  BOOST_REQUIRE(all.images.size() == 1u);
  BOOST_TEST(all.images[0].bytes == 12u);
}

BOOST_FIXTURE_TEST_CASE(sessions_until_they_are_dropped, store_system) {
  BOOST_TEST(put(a_session("b", session_phase::ready)) == "");
  BOOST_TEST(put(a_session("a", session_phase::initializing)) == "");
  BOOST_TEST(put(a_session("a", session_phase::disposing)) == "");
  BOOST_TEST(!ask<stored>(store, put_session{}));
  reopen();
  auto all = load();
  BOOST_REQUIRE(all.sessions.size() == 2u);
  BOOST_TEST(all.sessions[0]->id == "a");
  BOOST_TEST((all.sessions[0]->phase == session_phase::disposing));
  BOOST_TEST((all.sessions[1]->phase == session_phase::ready));
  BOOST_TEST(put(drop_session{"a"}) == "");
  BOOST_TEST(put(drop_session{"a"}) == "");
  reopen();
  BOOST_TEST(load().sessions.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(builds_stay_until_they_are_forgotten, store_system) {
  auto build = build_record{};
  build.id = "b1";
  build.reference = "localhost/workspace-images:x";
  build.phase = build_phase::building;
  build.cache_key = "k";
  BOOST_TEST(put(put_build{build}) == "");
  reopen();
  auto stored = load().builds;
  BOOST_REQUIRE_EQUAL(stored.size(), 1u);
  BOOST_TEST((stored[0].phase == build_phase::building));
  BOOST_TEST(stored[0].reference == build.reference);
  build.phase = build_phase::done_failure;
  build.message = "why";
  BOOST_TEST(put(put_build{build}) == "");
  BOOST_TEST(load().builds.at(0).message == "why");
  BOOST_TEST(why_not(ask<berth::stored>(build_log_store(store),
                                        put_build_log{"b1", {"STEP \xff", 7}}))
             == "");
  reopen();
  auto log = [&] {
    return ask<build_log>(build_log_store(store), load_build_log{"b1"});
  };
  BOOST_REQUIRE_EQUAL(why_not(log()), "");
  BOOST_TEST(log()->text == "STEP \xff");
  BOOST_TEST(log()->lost == 7u);
  BOOST_TEST(put(forget_build{"b1"}) == "");
  reopen();
  BOOST_TEST(load().builds.empty());
  BOOST_TEST((code_of(log().error()) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(what_the_first_version_of_the_file_held, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  meddle("DROP TABLE sessions; DROP TABLE archives; DROP TABLE builds; "
         "DROP TABLE services; DROP TABLE build_logs; "
         "PRAGMA user_version=1");
  reopen();
  BOOST_TEST(load().records.size() == 1u);
  BOOST_TEST(put(a_session("b", session_phase::ready)) == "");
  BOOST_TEST(load().sessions.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_session_that_cannot_be_read_is_named, store_system) {
  BOOST_TEST(put(a_session("b", session_phase::ready)) == "");
  meddle("UPDATE sessions SET id='c'");
  auto all = ask<everything_stored>(store, load_all{});
  BOOST_TEST(why_not(all) == "session 'c': belongs to another id");
  meddle("UPDATE sessions SET id='b', session='{\"phase\":\"dancing\"}'");
  all = ask<everything_stored>(store, load_all{});
  BOOST_TEST(why_not(all).starts_with("session 'b': parse JSON: phase"));
}

BOOST_FIXTURE_TEST_CASE(the_newest_of_each, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  BOOST_TEST(put(a_record("a", 5)) == "");
  BOOST_TEST(put(an_image("base", 1)) == "");
  BOOST_TEST(put(an_image("base", 2)) == "");
  auto all = load();
  BOOST_REQUIRE(all.records.size() == 1u);
  BOOST_TEST(all.records[0]->version == 5u);
  BOOST_REQUIRE(all.images.size() == 1u);
  BOOST_TEST(all.images[0].bytes == 2u);
}

BOOST_FIXTURE_TEST_CASE(nothing_that_was_dropped, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  BOOST_TEST(put(an_image("base", 1)) == "");
  BOOST_TEST(put(drop_record{"a"}) == "");
  BOOST_TEST(put(drop_record{"a"}) == "");
  BOOST_TEST(put(drop_image{"base"}) == "");
  BOOST_TEST(put(drop_image{"base"}) == "");
  reopen();
  auto all = load();
  BOOST_TEST(all.records.empty());
  BOOST_TEST(all.images.empty());
}

BOOST_FIXTURE_TEST_CASE(no_version_that_goes_back, store_system) {
  BOOST_TEST(put(a_record("a", 5)) == "");
  for (auto version : {5u, 4u}) {
    auto refused = ask<stored>(store, a_record("a", version));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error() == ec::internal));
  }
  BOOST_TEST(load().records[0]->version == 5u);
  BOOST_TEST(put(a_record("a", 6)) == "");
}

BOOST_FIXTURE_TEST_CASE(what_was_made_durable, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  BOOST_TEST(bool(ask<durable>(store, make_durable{})));
  BOOST_TEST(bool(ask<durable>(store, make_durable{}))); // nothing new
  reopen();
  BOOST_TEST(load().records.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(no_record_without_an_id, store_system) {
  auto refused = ask<stored>(store, a_record("", 1));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error() == ec::invalid_argument));
  BOOST_TEST(!ask<stored>(store, put_record{}));
}

BOOST_FIXTURE_TEST_CASE(what_waits_together_in_one_commit, store_system) {
  auto before = db->commits();
  for (auto i = 1; i <= 100; ++i)
    caf::anon_send(store, a_record("a", static_cast<uint64_t>(i)));
  BOOST_TEST(put(a_record("b", 1)) == "");
  BOOST_TEST(db->commits() == before + 1);
  BOOST_TEST(load().records[0]->version == 100u);
}

BOOST_FIXTURE_TEST_CASE(the_others_of_a_batch_with_a_stale_one, store_system) {
  BOOST_TEST(put(a_record("a", 5)) == "");
  auto before = db->commits();
  caf::anon_send(store, a_record("b", 1));
  caf::anon_send(store, a_record("a", 4));
  BOOST_TEST(put(a_record("c", 1)) == "");
  BOOST_TEST(db->commits() == before + 1);
  BOOST_TEST(load().records.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_was_asked_for_before_a_look, store_system) {
  caf::anon_send(store, a_record("a", 1));
  BOOST_TEST(load().records.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_was_asked_for_before_its_end, store_system) {
  caf::anon_send(store, a_record("a", 1));
  reopen();
  BOOST_TEST(load().records.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(its_files_private, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  auto files = size_t{0};
  for (auto& entry : std::filesystem::directory_iterator{dir}) {
    BOOST_TEST(mode_of(entry.path()) == 0600u, entry.path());
    ++files;
  }
  BOOST_TEST(files == 2u); // and the log
}

BOOST_FIXTURE_TEST_CASE(a_record_it_cannot_read_in_sight, store_system) {
  BOOST_TEST(put(a_record("good", 1)) == "");
  BOOST_TEST(put(a_record("bad", 1)) == "");
  meddle("UPDATE workspaces SET record='{' WHERE id='bad'");
  auto all = ask<everything_stored>(store, load_all{});
  BOOST_REQUIRE(!all);
  BOOST_TEST((all.error() == ec::data_loss));
  BOOST_TEST(why_not(all).find("workspace 'bad'") == 0u, why_not(all));
}

BOOST_FIXTURE_TEST_CASE(a_record_under_a_wrong_id_in_sight, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  meddle("UPDATE workspaces SET id='b'");
  BOOST_TEST(!ask<everything_stored>(store, load_all{}));
}

BOOST_FIXTURE_TEST_CASE(an_image_it_cannot_read_in_sight, store_system) {
  BOOST_TEST(put(an_image("base", 1)) == "");
  meddle("UPDATE images SET image='[]'");
  auto all = ask<everything_stored>(store, load_all{});
  BOOST_REQUIRE(!all);
  BOOST_TEST(why_not(all).find("image 'base'") == 0u, why_not(all));
}

BOOST_FIXTURE_TEST_CASE(refusing_after_a_failed_write, store_system) {
  BOOST_TEST(put(a_record("a", 1)) == "");
  meddle("CREATE TRIGGER no BEFORE INSERT ON images"
         " BEGIN SELECT RAISE(ABORT, 'no'); END");
  caf::anon_send(store, a_record("a", 2));
  BOOST_TEST(!ask<stored>(store, an_image("base", 1)));
  auto later = ask<stored>(store, a_record("a", 3));
  BOOST_REQUIRE(!later);
  BOOST_TEST((later.error() == ec::unavailable));
  // The whole transaction is forgotten, what was stored before is not.
  BOOST_TEST(load().records.front()->version == 1u);
  reopen();
  BOOST_TEST(load().records.front()->version == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(store_opens)

namespace {

caf::error opening(const std::filesystem::path& path) {
  auto opened = database::open(path);
  BOOST_REQUIRE(!opened);
  BOOST_TEST(describe(opened.error()).find(path.native()) != std::string::npos,
             describe(opened.error()));
  return opened.error();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(nothing_where_there_is_no_directory, store_directory) {
  BOOST_TEST(is_errno(opening(dir / "none" / "berth.db"), ENOENT));
}

BOOST_FIXTURE_TEST_CASE(no_directory, store_directory) {
  BOOST_TEST(is_errno(opening(dir), EISDIR));
}

BOOST_FIXTURE_TEST_CASE(no_file_that_is_damaged, store_directory) {
  std::ofstream{path} << std::string(8192, 'x');
  BOOST_TEST((opening(path) == ec::data_loss));
}

BOOST_FIXTURE_TEST_CASE(no_file_of_a_newer_berthd, store_directory) {
  BOOST_REQUIRE(database::open(path));
  {
    auto db = sqlite_db::open(path);
    BOOST_REQUIRE(db);
    BOOST_REQUIRE(db->execute("PRAGMA user_version=1000"));
  }
  auto opened = database::open(path);
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error() == ec::failed_precondition));
}

BOOST_FIXTURE_TEST_CASE(an_empty_file_as_a_new_one, store_directory) {
  auto empty = std::ofstream{path};
  BOOST_TEST(database::open(path).engaged());
  BOOST_TEST(mode_of(path) == 0600u);
}

BOOST_FIXTURE_TEST_CASE(with_a_log_that_is_synced_when_asked, store_directory) {
  BOOST_REQUIRE(database::open(path));
  auto db = sqlite_db::open(path);
  BOOST_REQUIRE(db);
  BOOST_TEST(*db->number("PRAGMA synchronous") == 1);
  BOOST_TEST(bool(db->sync()));
  BOOST_TEST(*db->number("PRAGMA user_version") == 6);
  BOOST_TEST(!std::filesystem::exists(dir / "berth.db-shm"));
}

BOOST_AUTO_TEST_SUITE_END()
