#include "test/actors/session_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <thread>

using namespace berth;
using namespace berth::test;

namespace {

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

BOOST_AUTO_TEST_SUITE(process_terminals)

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

BOOST_FIXTURE_TEST_CASE(types_its_end_until_somebody_hears_it,
                        terminal_session) {
  // The first one is lost, as to a shell that prepares to edit its line.
  open_terminal("stty -icanon -echo; echo up; head -c 2 > /dev/null; "
                "stty icanon; cat; exit 5");
  BOOST_TEST(wait_for_output("up"));
  type("", true);
  expect_end(5);
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
  for (auto i = 0; i < 33; ++i)
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
