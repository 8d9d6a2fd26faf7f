#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

using namespace berth;
using namespace berth::test;

BOOST_AUTO_TEST_SUITE(spawn)

BOOST_AUTO_TEST_CASE(passes_on_exit_codes_and_signals) {
  BOOST_TEST(run({"/bin/sh", "-c", "exit 7"}).code == 7);
  BOOST_TEST(run({"/bin/sh", "-c", "kill -9 $$"}).code == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(connects_input_and_both_outputs) {
  auto end = run({"/bin/sh", "-c", "cat; echo bad >&2"}, {.input = "good"});
  BOOST_TEST(end.out == "good");
  BOOST_TEST(end.err == "bad\n");
}

BOOST_AUTO_TEST_CASE(leaves_no_other_descriptor_open) {
  auto leaky = sys::fd{::open("/etc/hostname", O_RDONLY)}; // not O_CLOEXEC
  auto high = sys::fd{::fcntl(leaky.get(), F_DUPFD, 200)};
  auto end
    = run({"/bin/sh", "-c", "ls /proc/$$/fd; :"}, {.fds = {{leaky.get(), 7}}});
  BOOST_TEST(end.out == "0\n1\n2\n7\n");
}

BOOST_AUTO_TEST_CASE(maps_descriptors_that_swap_their_numbers) {
  auto dir = temporary_directory{};
  write(dir / "a", "A");
  write(dir / "b", "B");
  auto a = sys::fd{::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC)};
  auto b = sys::fd{::open((dir / "b").c_str(), O_RDONLY | O_CLOEXEC)};
  auto command = "cat <&" + std::to_string(a.get()) + " <&"
                 + std::to_string(b.get()) + "; cat <&"
                 + std::to_string(a.get());
  auto end = run({"/bin/sh", "-c", command},
                 {.fds = {{a.get(), b.get()}, {b.get(), a.get()}}});
  BOOST_TEST(end.out == "AB");
}

BOOST_AUTO_TEST_CASE(gives_exactly_the_environment_asked_for) {
  auto end = run({"/usr/bin/env"}, {.env = {"ONE=1"}});
  BOOST_TEST(end.out == "ONE=1\n");
}

BOOST_AUTO_TEST_CASE(makes_a_session_leader) {
  auto end
    = run({"/bin/sh", "-c", "ps -o sid= -p $$ | tr -d ' \n'; echo -n :$$"});
  auto colon = end.out.find(':');
  BOOST_TEST(end.out.substr(0, colon) == end.out.substr(colon + 1));
}

BOOST_AUTO_TEST_CASE(neither_blocks_nor_ignores_signals_for_the_child) {
  auto blocked = sigset_t{};
  auto before = sigset_t{};
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto ignored = ::signal(SIGPIPE, SIG_IGN);
  auto terminated = run({"/bin/sh", "-c", "kill -TERM $$; exit 3"});
  auto piped = run({"/bin/sh", "-c", "kill -PIPE $$; exit 3"});
  ::signal(SIGPIPE, ignored);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  BOOST_TEST(terminated.code == 128 + SIGTERM);
  BOOST_TEST(piped.code == 128 + SIGPIPE);
}

BOOST_AUTO_TEST_CASE(reports_what_cannot_be_executed) {
  auto child = sys::spawn({.argv = {"/no/such/program"}});
  BOOST_REQUIRE(!child);
  BOOST_TEST(is_errno(child.error(), ENOENT));
  BOOST_TEST(describe(child.error())
             == "posix_spawn /no/such/program: No such file or directory");
  BOOST_TEST(!sys::spawn({.argv = {"true"}}));
}

BOOST_AUTO_TEST_CASE(tells_a_start_time_until_the_process_is_dead) {
  auto spec = sys::spawn_spec{};
  spec.argv = {"/bin/sleep", "60"};
  auto child = need(sys::spawn(spec));
  auto started = need(sys::start_time(child.pid));
  BOOST_TEST(started > 0U);
  BOOST_TEST(started == need(sys::start_time(child.pid)));
  BOOST_TEST(started >= need(sys::start_time(::getpid())));
  ::kill(child.pid, SIGKILL);
  auto info = siginfo_t{};
  ::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT);
  BOOST_TEST(is_errno(sys::start_time(child.pid).error(), ESRCH)); // a zombie
  need(sys::wait_child(child.pid));
  BOOST_TEST(is_errno(sys::start_time(child.pid).error(), ESRCH));
}

BOOST_AUTO_TEST_CASE(reads_the_start_time_behind_an_odd_name) {
  auto dir = temporary_directory{};
  auto odd = dir / "a) R 1 (b";
  std::filesystem::copy_file("/bin/sleep", odd);
  auto spec = sys::spawn_spec{};
  spec.argv = {odd.native(), "60"};
  auto child = need(sys::spawn(spec));
  BOOST_TEST(need(sys::start_time(child.pid))
             >= need(sys::start_time(::getpid())));
  ::kill(child.pid, SIGKILL);
  need(sys::wait_child(child.pid));
}

BOOST_AUTO_TEST_SUITE_END()
