#pragma once

#include "test/actors/process_fixture.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace berth::test {

/// A session, "s", through pipes, and what is heard of it.
struct plain_session : process_system {
  shared_story story = std::make_shared<watched<session_story>>();

  open_session session(std::string script) {
    auto what = open_session{};
    what.token = "s";
    what.what = shell(std::move(script));
    what.listener = listener_of(story);
    return what;
  }

  void open(std::string script) {
    auto opened = ask<done>(session(std::move(script)));
    BOOST_REQUIRE_EQUAL(why_not(opened), "");
  }

  void type(std::string bytes, bool end = false) {
    self->send(processes, session_input{"s", std::move(bytes), end});
  }

  bool wait_for_output(std::string text) {
    return story->wait([&](const session_story& s) {
      return s.out.find(text) != std::string::npos;
    });
  }

  /// How the session ended.
  result<int> end() {
    BOOST_REQUIRE(
      story->wait([](const session_story& s) { return !s.ends.empty(); }));
    // A second end, or output after it, would be on its way by now.
    BOOST_TEST(run(shell("true")).code == 0);
    auto told = story->copy();
    BOOST_TEST(told.ends.size() == 1u);
    BOOST_TEST(!told.spoke_after_end);
    return told.ends.front();
  }

  void expect_end(int code) {
    auto ended = end();
    BOOST_REQUIRE_EQUAL(why_not(ended), "");
    BOOST_TEST(*ended == code);
  }

  void expect_end(ec code) {
    auto ended = end();
    BOOST_REQUIRE(!ended);
    BOOST_TEST((ended.error() == code));
  }
};

/// A session whose child has the other end of its leash as its 3.
struct leashed_session : plain_session {
  open_session leashed(std::string script) {
    int ends[2];
    BOOST_REQUIRE_EQUAL(
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    auto what = session(std::move(script));
    what.leash = std::make_shared<const sys::fd>(ends[0]);
    what.what.fds = {{std::make_shared<const sys::fd>(ends[1]), 3}};
    return what;
  }
};

} // namespace berth::test
