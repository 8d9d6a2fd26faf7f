#include "test/services/services_fixture.hpp"

namespace berth::test {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(services_of_workspaces, services_fixture)

BOOST_AUTO_TEST_CASE(that_cannot_be_opened_leave_nothing) {
  is->fail["open"] = "no such directory";
  BOOST_TEST(!serve("w1"));
  BOOST_TEST(doors->open_for.empty());
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(end_with_their_container) {
  BOOST_REQUIRE(serve("w1"));
  BOOST_TEST(doors->open_for.contains("w1"));
  BOOST_TEST(!!end("w1"));
  BOOST_TEST(doors->open_for.empty());
  BOOST_TEST(stored.empty());
  BOOST_TEST(!!end("w1"));
}

BOOST_AUTO_TEST_CASE(end_when_what_is_under_way_has) {
  BOOST_REQUIRE(serve("w1"));
  is->hold["mount"] = true;
  auto running = begin_mount("/a");
  auto waiting = begin_mount("/b");
  auto asked = self->request(services, caf::infinite, close_service{"w1"});
  settle();
  BOOST_TEST(doors->open_for.empty());
  BOOST_TEST(said(waiting) == "unavailable: the workspace stops");
  BOOST_TEST(said(running) == "nothing yet");
  BOOST_TEST(stored.size() == 1u);
  is->let_go("mount");
  settle();
  BOOST_TEST(said(running) == "ok");
  BOOST_TEST(stored.empty());
  asked.receive([](const done&) {},
                [](const caf::error& why) { BOOST_ERROR(describe(why)); });
}

BOOST_AUTO_TEST_CASE(are_there_again_after_a_restart) {
  BOOST_REQUIRE(serve("w1"));
  BOOST_REQUIRE(serve("w2"));
  is->log.clear();
  open_all();
  BOOST_TEST(is->log.front() == "open w1 w2");
  BOOST_TEST(mount() == "ok");
}

BOOST_AUTO_TEST_CASE(that_belong_to_nobody_are_swept) {
  BOOST_REQUIRE(serve("w1"));
  BOOST_REQUIRE(serve("w2"));
  open_all();
  BOOST_REQUIRE(ask<done>(services, sweep_services{{"w2"}}));
  BOOST_TEST(!doors->open_for.contains("w1"));
  BOOST_TEST(doors->open_for.contains("w2"));
  BOOST_TEST(!stored.contains("w1"));
  BOOST_TEST(stored.contains("w2"));
}

BOOST_AUTO_TEST_CASE(that_die_are_replaced_with_what_they_knew) {
  BOOST_REQUIRE(serve("w1"));
  BOOST_REQUIRE(prepare() == "ok");
  caf::anon_send_exit(doors->open_for.at("w1"),
                      caf::exit_reason::unhandled_exception);
  settle();
  BOOST_TEST(prepare() == "exhausted: can be used only once");
  BOOST_TEST(mount() == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct watched : services_fixture {
  watched() {
    BOOST_REQUIRE(serve("w1"));
    usage = {1s, 100ms, 2000, 5000, 9000};
  }
  outcome_of<workspace_usage> look() {
    return begin<workspace_usage>(get_workspace_usage{});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(usage_of_a_workspace, watched)

BOOST_AUTO_TEST_CASE(is_told_when_two_samples_say_something) {
  auto first = look();
  auto second = look();
  BOOST_TEST(said(first) == "nothing yet");
  usage = {2s, 600ms, 2000, 6000, 9000};
  advance(1s);
  BOOST_REQUIRE(said(first) == "ok");
  auto told = (*first)->value();
  BOOST_TEST(told.cpu_used == 500);
  BOOST_TEST(told.cpu_limit == 2000);
  BOOST_TEST(told.memory_used == 6000);
  BOOST_TEST(told.memory_limit == 9000);
  BOOST_TEST(said(second) == "ok");
  BOOST_TEST(is->count("usage " + layout{*conf}.cgroup("w1")) == 2u);
}

BOOST_AUTO_TEST_CASE(is_told_at_once_however_often_it_is_asked) {
  look();
  usage = {2s, 600ms, 2000, 6000, 9000};
  advance(1s);
  for (auto i = 0; i < 1000; ++i)
    BOOST_REQUIRE(said(look()) == "ok");
  BOOST_TEST(is->count("usage " + layout{*conf}.cgroup("w1")) == 2u);
}

BOOST_AUTO_TEST_CASE(is_not_looked_at_when_nobody_asks) {
  look();
  advance(20s);
  auto before = is->log.size();
  advance(60s);
  BOOST_TEST(is->log.size() == before);
  BOOST_TEST(said(look()) == "nothing yet"); // the old numbers are too old
}

BOOST_AUTO_TEST_CASE(that_cannot_be_read_is_said_without_details) {
  is->fail["usage"] = "open /sys/fs/cgroup/secret";
  is->fail_code["usage"] = ec::not_found;
  BOOST_TEST(said(look())
             == "not_found: cannot find workspace container cgroup");
  is->fail.clear();
  look();
  advance(1s);
  BOOST_TEST(said(look()) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
