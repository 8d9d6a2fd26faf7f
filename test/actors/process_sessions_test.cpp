#include "test/actors/session_fixture.hpp"

#include <fcntl.h>
#include <signal.h>

#include <atomic>
#include <cstring>
#include <filesystem>

using namespace berth;
using namespace berth::test;

BOOST_AUTO_TEST_SUITE(process_sessions)

BOOST_FIXTURE_TEST_CASE(tells_both_streams_then_the_end, plain_session) {
  open("echo one; echo two >&2; exit 5");
  expect_end(5);
  BOOST_TEST(story->copy().out == "one\n");
  BOOST_TEST(story->copy().err == "two\n");
}

BOOST_FIXTURE_TEST_CASE(carries_input_and_its_end, plain_session) {
  open("cat; exit 6");
  type("a\n");
  BOOST_TEST(wait_for_output("a\n"));
  type("b\n", true);
  expect_end(6);
  BOOST_TEST(story->copy().out == "a\nb\n");
}

BOOST_FIXTURE_TEST_CASE(carries_much_input_to_a_slow_reader, plain_session) {
  open("read x; wc -c");
  type("go\n");
  type(std::string(7 * 1024 * 1024, 'x'), true);
  expect_end(0);
  BOOST_TEST(story->copy().out == "7340032\n");
}

BOOST_FIXTURE_TEST_CASE(tells_what_input_is_taken, plain_session) {
  constexpr auto much = size_t{3} << 20;
  open("cat > /dev/null");
  type(std::string(much, 'x'));
  BOOST_TEST(
    story->wait([&](const session_story& s) { return s.taken == much; }));
  type("", true);
  expect_end(0);
}

BOOST_FIXTURE_TEST_CASE(takes_input_that_nobody_will_read, plain_session) {
  constexpr auto much = size_t{3} << 20;
  open("exec <&-; echo closed; exec sleep 1000");
  BOOST_TEST(wait_for_output("closed"));
  type(std::string(much, 'x'));
  BOOST_TEST(
    story->wait([&](const session_story& s) { return s.taken == much; }));
  self->send(processes, close_session{"s"});
  expect_end(128 + SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(leaves_output_where_it_is_until_resumed,
                        plain_session) {
  auto what = session("yes | head -c 10000000; echo done >&2");
  auto heard = std::make_shared<std::atomic<size_t>>(0);
  what.listener.on_output
    = [heard, story = story](int stream, std::string bytes) {
        *heard += bytes.size();
        story->change(
          [&](session_story& s) { (stream == 1 ? s.out : s.err) += bytes; });
        return false;
      };
  auto opened = ask<done>(std::move(what));
  BOOST_REQUIRE_EQUAL(why_not(opened), "");
  BOOST_TEST(
    story->wait([](const session_story& s) { return !s.out.empty(); }));
  // Were it read on, it would be by now.
  for (auto i = 0; i < 20; ++i)
    BOOST_TEST(run(shell("true")).code == 0);
  auto before = heard->load();
  BOOST_TEST(before <= 64u * 1024);
  BOOST_TEST(story->copy().ends.empty());
  for (auto i = 0; i < 10'000 && story->copy().ends.empty(); ++i) {
    self->send(processes, session_resume{"s"});
    BOOST_REQUIRE(run(shell("true")).code == 0);
  }
  expect_end(0);
  BOOST_TEST(story->copy().out.size() == 10'000'000u);
  BOOST_TEST(story->copy().err == "done\n");
}

BOOST_FIXTURE_TEST_CASE(ends_when_too_much_input_waits, plain_session) {
  open("sleep 1000");
  for (auto i = 0; i < 33; ++i)
    type(std::string(1024 * 1024, 'x'));
  expect_end(ec::exhausted);
}

BOOST_FIXTURE_TEST_CASE(ends_by_close, plain_session) {
  open("echo up; sleep 1000");
  BOOST_TEST(wait_for_output("up"));
  self->send(processes, close_session{"s"});
  expect_end(128 + SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(is_not_bound_by_the_deadline_once_open, plain_session) {
  auto what = session("sleep 0.3; exit 3");
  what.what.deadline = 50ms;
  auto opened = ask<done>(std::move(what));
  BOOST_REQUIRE_EQUAL(why_not(opened), "");
  expect_end(3);
}

BOOST_FIXTURE_TEST_CASE(refuses_a_program_that_is_not_there, plain_session) {
  auto what = session("");
  what.what.argv = {"/no/such/program"};
  auto opened = ask<done>(std::move(what));
  BOOST_TEST(!opened);
  BOOST_TEST(story->copy().ends.empty());
}

BOOST_FIXTURE_TEST_CASE(refuses_a_token_in_use, plain_session) {
  open("cat");
  auto second = ask<done>(session("true"));
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error() == ec::already_exists));
  type("", true);
  expect_end(0);
}

BOOST_FIXTURE_TEST_CASE(ignores_what_is_said_to_no_session, plain_session) {
  type("a");
  self->send(processes, session_resize{"s", {}});
  self->send(processes, close_session{"s"});
  BOOST_TEST(run(shell("true")).code == 0);
}

BOOST_FIXTURE_TEST_CASE(ends_with_the_service, plain_session) {
  open("echo $$; sleep 1000");
  BOOST_TEST(wait_for_output("\n"));
  end_service();
  auto told = story->copy();
  BOOST_REQUIRE(told.ends.size() == 1u);
  BOOST_REQUIRE(!told.ends.front());
  BOOST_TEST((told.ends.front().error() == ec::unavailable));
  BOOST_TEST(::kill(std::stoi(told.out), 0) == -1);
}

BOOST_FIXTURE_TEST_CASE(opens_when_its_child_is_ready, leashed_session) {
  auto opened = ask<done>(leashed("echo not heard; printf '\\001' >&3; "
                                  "dd bs=1 count=1 <&3 2>&- | od -An -tx1; "
                                  "sleep 1000"));
  BOOST_REQUIRE_EQUAL(why_not(opened), "");
  BOOST_TEST(wait_for_output("00"));
  BOOST_TEST(story->copy().out.find("heard") == std::string::npos);
  self->send(processes, close_session{"s"});
  expect_end(128 + SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(tells_why_its_child_never_got_ready, leashed_session) {
  auto refused = ask<done>(leashed("echo it is paused >&2; exit 1"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error() == ec::internal));
  BOOST_TEST(why_not(refused).find("it is paused") != std::string::npos);
  BOOST_TEST(story->copy().ends.empty());
}

BOOST_FIXTURE_TEST_CASE(does_not_wait_for_ever_for_its_child, leashed_session) {
  auto what = leashed("exec sleep 1000");
  what.what.deadline = 100ms;
  auto refused = ask<done>(std::move(what));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error() == ec::timeout));
}

BOOST_AUTO_TEST_SUITE_END()
