#include "test/cli/cli_run.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <sstream>
#include <thread>

using namespace berth;
using test::uuid;

namespace {

/// Puts other descriptors in the place of ours for as long as it lives.
class swapped {
public:
  explicit swapped(std::array<int, 3> with) {
    for (int fd = 0; fd < 3; ++fd) {
      before_[fd] = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
      ::dup2(with[fd], fd);
    }
  }
  ~swapped() {
    for (int fd = 0; fd < 3; ++fd) {
      ::dup2(before_[fd], fd);
      ::close(before_[fd]);
    }
  }
  swapped(const swapped&) = delete;
  swapped& operator=(const swapped&) = delete;

private:
  std::array<int, 3> before_{};
};

std::string all_of(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t n; (n = ::read(fd, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<size_t>(n));
  ::close(fd);
  return text;
}

/// Keeps signals from every thread that is started meanwhile: the service runs
/// in this very process.
class blocked_signals {
public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~blocked_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;

private:
  sigset_t before_{};
};

/// A stdin that never says anything.
class silent_stdin {
public:
  silent_stdin() {
    BOOST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
    ours_.emplace(std::array{ends_[0], 1, 2});
  }
  ~silent_stdin() {
    ours_.reset();
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  silent_stdin(const silent_stdin&) = delete;
  silent_stdin& operator=(const silent_stdin&) = delete;

private:
  std::array<int, 2> ends_{};
  std::optional<swapped> ours_;
};

int exec(const test::fake_berthd& service, std::vector<std::string> words) {
  std::ostringstream out, err;
  words.insert(words.begin(), {"--address", service.address()});
  return cli::run_program(words, out, err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exec_test)

BOOST_AUTO_TEST_CASE(pipes_carry_input_output_and_the_exit_code) {
  test::fake_berthd service;
  std::array<int, 2> in{}, out{}, err{};
  BOOST_REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
  BOOST_REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  BOOST_REQUIRE(::pipe2(err.data(), O_CLOEXEC) == 0);
  BOOST_REQUIRE(::write(in[1], "some input", 10) == 10);
  ::close(in[1]);
  int code = 0;
  {
    swapped ours{{in[0], out[1], err[1]}};
    code = exec(service, {"exec", uuid, "--user", "root", "--cwd", "/tmp", "-e",
                          "A=1", "--", "cat", "-u"});
  }
  for (int fd : {in[0], out[1], err[1]})
    ::close(fd);
  BOOST_TEST(code == 42);
  BOOST_TEST(all_of(out[0]) == "some input");
  BOOST_TEST(all_of(err[0]) == "so far");
  BOOST_TEST(service.executed.id() == uuid);
  BOOST_TEST(service.executed.command(1) == "-u");
  BOOST_TEST(service.executed.user() == "root");
  BOOST_TEST(service.executed.cwd() == "/tmp");
  BOOST_TEST(service.executed.env().at("A") == "1");
  BOOST_TEST(!service.executed.has_terminal());
}

BOOST_AUTO_TEST_CASE(a_terminal_is_raw_meanwhile_and_restored_after) {
  test::fake_berthd service;
  int outer = -1, inner = -1;
  winsize size{33, 111, 0, 0};
  BOOST_REQUIRE(::openpty(&outer, &inner, nullptr, nullptr, &size) == 0);
  termios before{}, after{};
  ::tcgetattr(inner, &before);
  // In raw mode ^C is a byte like any other, and ^D ends the fake's command.
  // Switching discards no input: TCSADRAIN.
  std::string echoed;
  std::atomic<bool> is_over = false;
  std::thread person{[&] {
    std::array<char, 64> part{};
    termios now{};
    do // raw mode is when somebody listens
      ::tcgetattr(inner, &now);
    while ((now.c_lflag & ICANON) != 0 && !is_over);
    BOOST_TEST(::write(outer, "\3hi\4", 4) == 4);
    while (echoed.find("so far") == echoed.npos && !is_over) {
      auto count = ::read(outer, part.data(), part.size());
      if (count <= 0)
        break;
      echoed.append(part.data(), static_cast<size_t>(count));
    }
  }};
  int code = 0;
  {
    swapped ours{{inner, inner, inner}};
    code = exec(service, {"exec", uuid, "--", "vi"});
  }
  is_over = true;
  ::tcgetattr(inner, &after);
  ::close(inner); // a reader of the other end hears of it
  person.join();
  ::close(outer);
  BOOST_TEST(code == 42);
  BOOST_TEST(echoed.find("\3hi\4") != echoed.npos);
  BOOST_TEST(service.executed.terminal().rows() == 33u);
  BOOST_TEST(service.executed.terminal().cols() == 111u);
  BOOST_TEST(service.executed.env().count("TERM") == 1u);
  BOOST_TEST(before.c_lflag == after.c_lflag);
}

BOOST_AUTO_TEST_CASE(signals_go_to_the_command) {
  blocked_signals quiet;
  test::fake_berthd service;
  silent_stdin nothing;
  // It waits until somebody takes it, however early it comes.
  ::kill(::getpid(), SIGTERM);
  BOOST_TEST(exec(service, {"exec", uuid, "-i", "--", "sleep"})
             == 100 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(the_third_signal_ends_the_session_too) {
  blocked_signals quiet;
  test::fake_berthd service;
  silent_stdin nothing;
  std::thread person{[&] {
    for (int sent = 1; sent <= 3; ++sent) {
      ::kill(::getpid(), SIGHUP);
      while (sent < 3 && service.hangups < sent)
        std::this_thread::yield();
    }
  }};
  BOOST_TEST(exec(service, {"exec", uuid, "-i", "--", "sleep"})
             == 128 + SIGHUP);
  person.join();
}

BOOST_AUTO_TEST_CASE(who_is_asked_to_end_ends_though_the_command_does_not) {
  blocked_signals quiet;
  test::fake_berthd service;
  silent_stdin nothing;
  ::kill(::getpid(), SIGHUP);
  BOOST_TEST(exec(service, {"exec", uuid, "-i", "--", "sleep"})
             == 128 + SIGHUP);
  BOOST_TEST(service.hangups == 1);
}

BOOST_AUTO_TEST_SUITE_END()
