#include "test/actors/process_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

using namespace berth;
using namespace berth::test;

namespace {

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

std::pair<sys::fd, sys::fd> make_pipe() {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  return {sys::fd{raw[0]}, sys::fd{raw[1]}};
}

void send_descriptor(const std::string& path, int what) {
  auto peer = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = sockaddr_un{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(peer.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof(address))
      < 0)
    return;
  char name[] = "/dev/pts/0";
  auto part = iovec{name, sizeof(name)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  auto message = msghdr{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  auto* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &what, sizeof(what));
  ::sendmsg(peer.get(), &message, MSG_NOSIGNAL);
}

/// A session on a terminal. A thread plays the container runtime's part: when
/// the child is up (it closes its 8), it sends the master and lets the child go
/// on (its 7 ends) with the slave (its 9) as its stdio.
struct terminal_session : plain_session {
  std::filesystem::path dir;
  std::string socket;
  sys::fd master, child_is_up, sent_is_open;
  std::thread runtime;

  terminal_session() {
    auto name = std::string{"/tmp/berth-console-XXXXXX"};
    BOOST_REQUIRE(::mkdtemp(name.data()));
    dir = name;
    socket = dir / "console.sock";
  }

  ~terminal_session() {
    if (runtime.joinable())
      runtime.join();
    std::filesystem::remove_all(dir);
  }

  /// `on_terminal` runs with the terminal as its stdio.
  open_session terminal(const std::string& on_terminal) {
    master = sys::fd{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    BOOST_REQUIRE_EQUAL(::grantpt(master.get()), 0);
    BOOST_REQUIRE_EQUAL(::unlockpt(master.get()), 0);
    auto slave = std::make_shared<const sys::fd>(
      ::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    auto [up, child_up] = make_pipe();
    auto [go, sent] = make_pipe();
    auto what = session("exec 8>&-; read x <&7; exec 7<&- <&9 >&9 2>&9 9>&-; "
                        + on_terminal);
    what.what.fds = {{std::make_shared<const sys::fd>(std::move(go)), 7},
                     {std::make_shared<const sys::fd>(std::move(child_up)), 8},
                     {slave, 9}};
    what.terminal = window_size{30, 100};
    what.console_socket = socket;
    child_is_up = std::move(up);
    sent_is_open = std::move(sent);
    runtime = std::thread{[this] {
      auto byte = char{};
      (void)!::read(child_is_up.get(), &byte, 1);
      send_descriptor(socket, master.get());
      master = {};
      sent_is_open = {};
    }};
    return what;
  }

  void open_terminal(const std::string& on_terminal) {
    BOOST_REQUIRE_EQUAL(why_not(ask<done>(terminal(on_terminal))), "");
  }

  /// A child that is no container runtime.
  open_session without_terminal(std::string script) {
    auto what = session(std::move(script));
    what.terminal = window_size{};
    what.console_socket = socket;
    return what;
  }
};

} // namespace

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

BOOST_FIXTURE_TEST_CASE(ends_when_too_much_input_waits, plain_session) {
  open("sleep 1000");
  for (auto i = 0; i < 9; ++i)
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

BOOST_FIXTURE_TEST_CASE(gives_the_terminal_its_size, terminal_session) {
  open_terminal("read x; stty size; exit 4");
  type("\n");
  expect_end(4);
  BOOST_TEST(story->copy().out.find("30 100") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(carries_typing_and_a_new_size, terminal_session) {
  open_terminal("while read x; do stty size; done; exit 9");
  self->send(processes, session_resize{"s", {50, 132}});
  type("a\n");
  BOOST_TEST(wait_for_output("50 132"));
  self->send(processes, session_resize{"s", {51, 133}});
  type("b\n");
  BOOST_TEST(wait_for_output("51 133"));
  type("no newline", true);
  expect_end(9);
}

BOOST_FIXTURE_TEST_CASE(hears_the_last_word_of_a_terminal, terminal_session) {
  open_terminal("seq 1 20000");
  expect_end(0);
  BOOST_TEST(wait_for_output("\n20000\r\n"));
}

BOOST_FIXTURE_TEST_CASE(ends_though_somebody_holds_the_terminal,
                        terminal_session) {
  auto [ends, holder] = make_pipe(); // the holder lives until we are gone
  auto what = terminal("(trap '' HUP; read x <&6) & exit 2");
  what.what.fds.emplace_back(std::make_shared<const sys::fd>(std::move(ends)),
                             6);
  auto opened = ask<done>(std::move(what));
  BOOST_REQUIRE_EQUAL(why_not(opened), "");
  expect_end(2);
}

BOOST_FIXTURE_TEST_CASE(closes_a_terminal_session, terminal_session) {
  open_terminal("echo up; sleep 1000");
  BOOST_TEST(wait_for_output("up"));
  self->send(processes, close_session{"s"});
  expect_end(128 + SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(ends_when_too_much_typing_waits, terminal_session) {
  open_terminal("stty raw -echo; echo up; sleep 1000");
  BOOST_TEST(wait_for_output("up"));
  for (auto i = 0; i < 9; ++i)
    type(std::string(1024 * 1024, 'x'));
  expect_end(ec::exhausted);
}

BOOST_FIXTURE_TEST_CASE(makes_its_socket_private_and_removes_it,
                        terminal_session) {
  auto ended = ask<done>(without_terminal("stat -c %a " + socket + "; exit 1"));
  BOOST_REQUIRE(!ended);
  BOOST_TEST(describe(ended.error()) == "it did not begin: 600\n");
  BOOST_TEST(story->copy().ends.empty());
  BOOST_TEST(std::filesystem::is_empty(dir));
  open_terminal("stty size");
  expect_end(0);
  BOOST_TEST(std::filesystem::is_empty(dir));
}

BOOST_FIXTURE_TEST_CASE(does_not_wait_for_a_terminal_for_ever,
                        terminal_session) {
  auto what = without_terminal("sleep 1000");
  what.what.deadline = 50ms;
  auto ended = ask<done>(std::move(what));
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error() == ec::timeout));
}

BOOST_AUTO_TEST_SUITE_END()
