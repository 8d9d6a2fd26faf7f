#include "sys/process.hpp"
#include "test/actors/process_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

using namespace berth;
using namespace berth::test;

namespace {

bool is_alive(pid_t pid) {
  return sys::start_time(pid).engaged();
}

/// Where lines of a followed child go.
struct line_story {
  std::vector<std::string> lines;
};

struct followed : process_system {
  std::shared_ptr<watched<line_story>> story
    = std::make_shared<watched<line_story>>();

  follow_child follow(std::string script, std::string token = "t") {
    return {shell(std::move(script)), std::move(token),
            [story = story](std::string line) {
              story->change([&](line_story& s) { s.lines.push_back(line); });
            }};
  }

  bool wait_for_lines(size_t count) {
    return story->wait(
      [count](const line_story& s) { return s.lines.size() >= count; });
  }
};

/// A process that is nobody's child here: its parent, a shell, is gone.
struct stranger : process_system {
  pid_t pid = 0;
  uint64_t started = 0;

  stranger() {
    auto told = run(shell("sleep 1000 >/dev/null 2>&1 & echo $!"));
    pid = std::stoi(told.out);
    started = *sys::start_time(pid);
  }

  ~stranger() { ::kill(pid, SIGKILL); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(process_children)

BOOST_FIXTURE_TEST_CASE(tells_both_streams_and_the_exit_code, process_system) {
  auto ended = run(shell("echo one; echo two >&2; exit 7"));
  BOOST_TEST(ended.out == "one\n");
  BOOST_TEST(ended.err == "two\n");
  BOOST_TEST(ended.code == 7);
  BOOST_TEST(ended.signal == 0);
  BOOST_TEST(!ended.timed_out);
}

BOOST_FIXTURE_TEST_CASE(tells_the_signal_that_ended_it, process_system) {
  auto ended = run(shell("kill -TERM $$"));
  BOOST_TEST(ended.code == -1);
  BOOST_TEST(ended.signal == SIGTERM);
}

BOOST_FIXTURE_TEST_CASE(gives_it_its_input_and_then_the_end, process_system) {
  auto spec = shell("wc -c");
  spec.input.assign(3 * 1024 * 1024, 'x');
  BOOST_TEST(run(spec).out == "3145728\n");
}

BOOST_FIXTURE_TEST_CASE(survives_a_child_that_reads_nothing, process_system) {
  auto spec = shell("exec <&-; echo done");
  spec.input.assign(3 * 1024 * 1024, 'x');
  BOOST_TEST(run(spec).out == "done\n");
}

BOOST_FIXTURE_TEST_CASE(runs_it_in_its_place_with_its_environment_only,
                        process_system) {
  auto spec = shell("pwd; echo \"$COLOR $HOME\"");
  spec.cwd = "/usr";
  spec.env = {"COLOR=blue"};
  BOOST_TEST(run(spec).out == "/usr\nblue \n");
}

BOOST_FIXTURE_TEST_CASE(keeps_the_end_of_long_output, process_system) {
  auto spec = shell("seq 1 100000; echo last >&2");
  spec.output_limit = 14;
  auto ended = run(spec);
  BOOST_TEST(ended.out == "\n99999\n100000\n");
  BOOST_TEST(ended.err == "last\n");
}

BOOST_FIXTURE_TEST_CASE(kills_the_whole_group_at_the_deadline, process_system) {
  auto spec = shell("sleep 1000 & echo $!; wait");
  spec.deadline = 200ms;
  auto ended = run(spec);
  BOOST_TEST(ended.timed_out);
  BOOST_TEST(ended.signal == SIGKILL);
  auto grandchild = std::stoi(ended.out);
  auto started = sys::start_time(grandchild);
  auto gone = ask<process_gone>(await_exit{grandchild, started ? *started : 1});
  BOOST_TEST(gone.engaged());
}

BOOST_FIXTURE_TEST_CASE(does_not_wait_for_what_a_child_leaves_behind,
                        process_system) {
  auto ended = run(shell("sleep 1000 & echo $!"));
  auto left = std::stoi(ended.out);
  BOOST_TEST(is_alive(left));
  ::kill(left, SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(refuses_a_program_that_is_not_there, process_system) {
  auto spec = shell("");
  spec.argv = {"/no/such/program"};
  auto outcome = ask<child_exit>(run_child{spec});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST(is_errno(outcome.error(), ENOENT));
}

BOOST_FIXTURE_TEST_CASE(hands_descriptors_on_and_no_others, process_system) {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, 0), 0);
  auto reader = sys::fd{raw[0]};
  auto spec = shell("echo hello >&9; ls /proc/self/fd | tr '\\n' ' '");
  spec.fds.emplace_back(std::make_shared<const sys::fd>(raw[1]), 9);
  // 3 is the directory that ls reads.
  BOOST_TEST(run(spec).out == "0 1 2 3 9 ");
  char got[6] = {};
  BOOST_TEST(::read(reader.get(), got, 6) == 6);
  BOOST_TEST(std::string(got, 6) == "hello\n");
}

BOOST_FIXTURE_TEST_CASE(refuses_to_hand_on_a_standard_descriptor,
                        process_system) {
  auto spec = shell("true");
  spec.fds.emplace_back(std::make_shared<const sys::fd>(::dup(2)), 1);
  auto outcome = ask<child_exit>(run_child{spec});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((outcome.error() == ec::invalid_argument));
}

BOOST_FIXTURE_TEST_CASE(runs_two_hundred_at_once, followed) {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  auto gate = std::make_shared<const sys::fd>(raw[0]);
  auto closed = sys::fd{raw[1]};
  auto running = std::vector<asked<child_exit>>{};
  for (auto i = 0; i < 200; ++i) {
    auto number = std::to_string(i);
    auto child = follow("echo up; read x <&9; exit " + number, number);
    child.what.fds.emplace_back(gate, 9);
    running.push_back(start<child_exit>(std::move(child)));
  }
  BOOST_TEST(wait_for_lines(200)); // all are alive now
  closed = {};
  for (auto i = 0; i < 200; ++i) {
    auto ended = running[static_cast<size_t>(i)]();
    BOOST_REQUIRE_EQUAL(why_not(ended), "");
    BOOST_TEST(ended->code == i);
  }
}

BOOST_FIXTURE_TEST_CASE(leaves_no_zombie, process_system) {
  auto told = run(shell("echo $$"));
  BOOST_TEST(::kill(std::stoi(told.out), 0) == -1);
  BOOST_TEST(errno == ESRCH);
}

BOOST_FIXTURE_TEST_CASE(tells_lines_as_they_come, followed) {
  auto running
    = start<child_exit>(follow("echo err >&2; echo one; echo two; sleep 1000"));
  BOOST_TEST(wait_for_lines(2));
  self->send(processes, kill_child{"t", SIGTERM});
  auto ended = running();
  BOOST_REQUIRE_EQUAL(why_not(ended), "");
  BOOST_TEST(ended->signal == SIGTERM);
  BOOST_TEST(ended->err == "err\n");
  BOOST_TEST(ended->out.empty());
  auto lines = story->copy().lines;
  BOOST_TEST(lines == (std::vector<std::string>{"one", "two"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(tells_a_last_line_that_is_not_ended, followed) {
  auto ended = ask<child_exit>(follow("printf 'a\\n\\nb'"));
  BOOST_REQUIRE(ended);
  auto lines = story->copy().lines;
  BOOST_TEST(lines == (std::vector<std::string>{"a", "", "b"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(tells_a_line_as_long_as_was_asked_for, followed) {
  auto what = follow("head -c 1000000 /dev/zero | tr '\\0' x; echo");
  what.longest_line = 1'000'000;
  auto ended = ask<child_exit>(what);
  BOOST_REQUIRE_EQUAL(why_not(ended), "");
  BOOST_TEST(story->copy().lines.front().size() == 1'000'000u);
  what.longest_line = 999'999;
  auto refused = ask<child_exit>(what);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error() == ec::exhausted));
}

BOOST_FIXTURE_TEST_CASE(ends_a_child_with_an_endless_line, followed) {
  auto ended = ask<child_exit>(follow("cat /dev/zero"));
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error() == ec::exhausted));
  BOOST_TEST(story->copy().lines.empty());
}

BOOST_FIXTURE_TEST_CASE(refuses_a_token_in_use, followed) {
  auto first = start<child_exit>(follow("echo up; sleep 1000"));
  BOOST_TEST(wait_for_lines(1));
  auto second = ask<child_exit>(follow("true"));
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error() == ec::already_exists));
  self->send(processes, kill_child{"t", SIGKILL});
  BOOST_TEST(first().engaged());
  BOOST_TEST(ask<child_exit>(follow("true")).engaged());
}

BOOST_FIXTURE_TEST_CASE(says_when_a_stranger_ends, stranger) {
  auto gone = start<process_gone>(await_exit{pid, started});
  BOOST_TEST(run(shell("true")).code == 0); // the wait is on by now
  BOOST_TEST(is_alive(pid));
  ::kill(pid, SIGKILL);
  BOOST_TEST(gone().engaged());
}

BOOST_FIXTURE_TEST_CASE(is_not_taken_in_by_a_number_used_again, stranger) {
  BOOST_TEST(ask<process_gone>(await_exit{pid, started + 1}).engaged());
  BOOST_TEST(is_alive(pid));
}

BOOST_FIXTURE_TEST_CASE(says_at_once_that_nobody_is_there, process_system) {
  auto told = run(shell("echo $$"));
  BOOST_TEST(ask<process_gone>(await_exit{std::stoi(told.out), 1}).engaged());
  auto nonsense = ask<process_gone>(await_exit{0, 1});
  BOOST_REQUIRE(!nonsense);
  BOOST_TEST((nonsense.error() == ec::invalid_argument));
}

BOOST_FIXTURE_TEST_CASE(kills_its_children_and_refuses_when_it_ends, followed) {
  auto running = start<child_exit>(follow("echo $$; sleep 1000"));
  BOOST_TEST(wait_for_lines(1));
  end_service();
  auto ended = running();
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error() == ec::unavailable));
  BOOST_TEST(!is_alive(std::stoi(story->copy().lines.front())));
}

BOOST_FIXTURE_TEST_CASE(lets_a_stranger_live_when_it_ends, stranger) {
  auto waiting = start<process_gone>(await_exit{pid, started});
  BOOST_TEST(run(shell("true")).code == 0);
  end_service();
  BOOST_TEST(!waiting());
  BOOST_TEST(is_alive(pid));
}

BOOST_AUTO_TEST_SUITE_END()
