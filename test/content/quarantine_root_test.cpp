#include "actors/quarantine/quarantine.hpp"
#include "actors/quarantine/quarantine_worker.hpp"
#include "test/content/content_node.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <future>

namespace berth::test {

namespace {

namespace fs = std::filesystem;

struct quarantine_fixture : content_node {
  quarantine_fixture() {
    all->content.quarantine_retention = std::chrono::hours{1};
    open();
  }
  ~quarantine_fixture() {
    self->send_exit(keeper, caf::exit_reason::user_shutdown);
    self->wait_for(keeper);
  }

  void open() {
    auto deps = quarantine_deps{};
    deps.settings = all;
    deps.hands = [this] {
      return sys.spawn<caf::detached>(quarantine_worker,
                                      layout{*all}.quarantine());
    };
    deps.content = contents;
    deps.published = published;
    deps.now_ns = [this] { return now_ns.load(); };
    deps.gauges = gauges;
    keeper = sys.spawn(quarantine, deps);
  }

  /// Puts a content with one file into the quarantine.
  void set_aside(const std::string& instance, const std::string& text) {
    auto what = initialize_content{};
    what.id = id_of(instance);
    what.is_empty = true;
    BOOST_REQUIRE_EQUAL(why_not(ask<content_initialized>(contents, what)), "");
    write(live(instance) / "file", text);
    BOOST_REQUIRE_EQUAL(
      why_not(ask<done>(contents, quarantine_content{what.id, "no backup"})),
      "");
  }

  std::vector<quarantined_content> list() {
    auto listing = ask<quarantine_listing>(keeper, list_quarantine{});
    BOOST_REQUIRE_EQUAL(why_not(listing), "");
    return listing->contents;
  }

  template <class T, class Message>
  result<T> tell(Message msg) {
    auto heard = std::make_shared<std::promise<result<T>>>();
    auto outcome = heard->get_future();
    msg.to
      = answer<T>{[heard](result<T> it) { heard->set_value(std::move(it)); }};
    caf::anon_send(keeper, std::move(msg));
    BOOST_REQUIRE(outcome.wait_for(patience) == std::future_status::ready);
    return outcome.get();
  }

  result<std::string> restore(const std::string& name,
                              const std::string& owner = "",
                              const std::string& meta_id = "") {
    return tell<std::string>(restore_quarantined{name, owner, meta_id, {}});
  }

  result<done> remove(const std::string& name) {
    return tell<done>(remove_quarantined{name, {}});
  }

  template <class T>
  static ec code(const result<T>& outcome) {
    return outcome ? ec::none : code_of(outcome.error());
  }

  std::shared_ptr<published_records> published
    = std::make_shared<published_records>();
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
  std::atomic<int64_t> now_ns = 1;
  quarantine_actor keeper;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(quarantine_keeper, quarantine_fixture)

BOOST_AUTO_TEST_CASE(says_what_stands_there_and_whose_it_is) {
  BOOST_TEST(list().empty());
  set_aside("w1", std::string(100'000, 'x'));
  auto found = list();
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].note.instance == "w1");
  BOOST_TEST(found[0].note.owner == "alice");
  BOOST_TEST(found[0].note.meta_id == "project");
  BOOST_TEST(found[0].note.why == "no backup");
  BOOST_TEST(found[0].note.backup == "");
  BOOST_TEST(found[0].bytes >= 100'000u);
  BOOST_TEST(found[0].files == 3u); // the file, .gitpod and its ready file
  BOOST_TEST(found[0].name == "w1-" + std::to_string(found[0].note.since_ns));
}

BOOST_AUTO_TEST_CASE(makes_one_the_backup_that_the_next_start_finds) {
  set_aside("w1", "precious");
  auto name = list()[0].name;
  auto backup = restore(name);
  BOOST_REQUIRE_EQUAL(why_not(backup), "");
  BOOST_TEST(*backup == "workspaces/project/full.tar.zst@gitpod-user-alice");
  auto again = initialize_content{};
  again.id = id_of("w2");
  again.is_empty = true;
  auto started = ask<content_initialized>(contents, again);
  BOOST_REQUIRE_EQUAL(why_not(started), "");
  BOOST_TEST(started->source == "from-backup");
  BOOST_TEST(read(live("w2") / "file") == "precious");
  // It stays, and says that it is safe.
  BOOST_REQUIRE_EQUAL(list().size(), 1u);
  BOOST_TEST(list()[0].note.backup == *backup);
}

BOOST_AUTO_TEST_CASE(asks_whose_it_is_if_nobody_knows) {
  fs::create_directories(live("orphan"));
  write(live("orphan") / "file", "whose?");
  BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, sweep_content{{}})), "");
  auto found = list();
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].note.owner == "");
  BOOST_TEST((code(restore(found[0].name)) == ec::failed_precondition));
  BOOST_TEST(why_not(restore(found[0].name, "bob", "boat")) == "");
  BOOST_TEST(!!storage->open_backup({"bob", "boat"}));
}

BOOST_AUTO_TEST_CASE(gives_nobodys_content_to_somebody_else) {
  set_aside("w1", "precious");
  auto name = list()[0].name;
  BOOST_TEST((code(restore(name, "bob", "boat")) == ec::permission_denied));
  BOOST_TEST(!storage->open_backup({"bob", "boat"}));
  BOOST_TEST(why_not(restore(name, "alice", "project")) == "");
}

BOOST_AUTO_TEST_CASE(restores_nothing_under_a_workspace_that_runs) {
  set_aside("w1", "precious");
  auto live_one = std::make_shared<workspace_record>();
  live_one->spec.id = "w2";
  live_one->spec.owner = "alice";
  live_one->spec.meta_id = "project";
  live_one->phase = phase::running;
  published->put(live_one);
  auto name = list()[0].name;
  BOOST_TEST((code(restore(name)) == ec::failed_precondition));
  auto stopped = std::make_shared<workspace_record>(*live_one);
  stopped->phase = phase::stopped;
  published->put(stopped);
  BOOST_TEST(why_not(restore(name)) == "");
}

BOOST_AUTO_TEST_CASE(removes_what_it_is_told_to) {
  set_aside("w1", "one");
  set_aside("w1", "two");
  auto found = list();
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST(why_not(remove(found[0].name)) == "");
  BOOST_REQUIRE_EQUAL(list().size(), 1u);
  BOOST_TEST(list()[0].name == found[1].name);
  BOOST_TEST((code(remove(found[0].name)) == ec::not_found));
  for (auto* name : {"", "../content", "w1", ".trash-w1-1", "w1-x"})
    BOOST_TEST((code(remove(name)) == ec::invalid_argument), name);
}

BOOST_AUTO_TEST_CASE(lets_only_go_by_itself_what_is_safe_for_long_enough) {
  set_aside("w1", "kept");
  set_aside("w2", "restored");
  now_ns = 1;
  BOOST_REQUIRE_EQUAL(why_not(restore(list()[1].name)), "");
  auto look = [this] {
    caf::anon_send(keeper, retention_due{});
    return list().size(); // asked for after it
  };
  now_ns = std::chrono::nanoseconds{std::chrono::minutes{59}}.count();
  look();
  BOOST_TEST(look() == 2u);
  now_ns = std::chrono::nanoseconds{std::chrono::hours{100'000}}.count();
  while (look() == 2) {
  }
  auto found = list();
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].note.instance == "w1");
  look();
  BOOST_TEST(look() == 1u);
}

BOOST_AUTO_TEST_CASE(ends_a_deletion_that_was_cut_off) {
  set_aside("w1", "precious");
  auto name = list()[0].name;
  auto quarantine = layout{*all}.quarantine();
  fs::rename(quarantine / name, quarantine / (".trash-" + name));
  self->send_exit(keeper, caf::exit_reason::user_shutdown);
  self->wait_for(keeper);
  open();
  while (!fs::is_empty(quarantine))
    BOOST_TEST(list().empty());
}

BOOST_AUTO_TEST_CASE(reads_what_an_older_berthd_wrote) {
  auto entry = layout{*all}.quarantine() / "w1-17";
  fs::create_directories(entry / "content");
  write(entry / "why.json", R"({"from": "/x", "why": "no backup"})");
  auto found = list();
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].note.instance == "w1");
  BOOST_TEST(found[0].note.since_ns == 17);
  BOOST_TEST(found[0].note.why == "no backup");
  write(entry / "why.json", "{");
  BOOST_REQUIRE_EQUAL(list().size(), 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
