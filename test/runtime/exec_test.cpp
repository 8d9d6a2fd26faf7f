#include "test/runtime/node.hpp"

#include <future>
#include <memory>

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(executing, node)

BOOST_AUTO_TEST_CASE(exit_codes_and_both_streams_come_through) {
  start(plan("w1"));
  auto end = run("w1", {"/bin/sh", "-c", "echo out; echo err >&2; exit 6"});
  BOOST_TEST(end.code == 6);
  BOOST_TEST(end.out == "out\n");
  BOOST_TEST(end.err == "err\n");
}

BOOST_AUTO_TEST_CASE(a_container_that_has_ended_is_no_place_to_be) {
  init_is("exit 0");
  auto made = start(plan("w1"));
  need<container_end>(await_end{"w1", made.container});
  auto refused
    = ask<done>(exec{"t", {"w1", {"/bin/true"}, {}, "", "", {}}, {}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::failed_precondition));
}

BOOST_AUTO_TEST_CASE(one_may_come_while_the_container_only_begins) {
  for (auto slot = 0u; slot < 8; ++slot) {
    auto id = "w" + std::to_string(slot);
    start(plan(id, slot));
    BOOST_TEST(run(id, {"/bin/true"}).code == 0);
  }
}

BOOST_AUTO_TEST_CASE(input_is_read_to_its_end) {
  start(plan("w1"));
  auto cat = begin_command("w1", {"/bin/cat"});
  cat.type("hello", true);
  BOOST_TEST(cat.end().out == "hello");
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_run_ends_as_in_a_shell) {
  start(plan("w1"));
  auto missing = run("w1", {"no-such-command"});
  BOOST_TEST(missing.code == 127);
  BOOST_TEST(missing.err == "no-such-command: command not found\n");
  BOOST_TEST(run("w1", {"/bin/no-such-file"}).code == 127);
  auto refused = run("w1", {"/etc/passwd"});
  BOOST_TEST(refused.code == 126);
  BOOST_TEST(refused.err == "/etc/passwd: Permission denied\n");
  BOOST_TEST(run("w1", {"/etc"}).code == 126);
  BOOST_TEST(run("w1", {"/bin/sh", "-c", "kill -9 $$"}).code == 128 + 9);
}

BOOST_AUTO_TEST_CASE(a_terminal_has_its_size_and_loses_no_word) {
  start(plan("w1"));
  auto numbers = std::string{};
  for (auto i = 1; i <= 2000; ++i)
    numbers += std::to_string(i) + "\r\n";
  for (auto i = 0; i < 10; ++i) {
    auto end = run("w1", {"/bin/sh", "-c", "stty size; seq 1 2000; exit 3"},
                   {"", window_size{40, 132}});
    BOOST_TEST((end.out == "40 132\r\n" + numbers), end.out);
    BOOST_TEST(end.code == 3);
  }
}

BOOST_AUTO_TEST_CASE(a_terminal_is_the_commands_own) {
  start(plan("w1"));
  auto shell = begin_command("w1",
                             {"/bin/sh", "-c",
                              "trap 'echo caught; exit 4' INT; "
                              "echo up; while :; do read l; done"},
                             {"", window_size{40, 132}});
  shell.await_output("up");
  shell.type("\x1a\x03"); // a session's leader has nobody to stop for
  BOOST_TEST(shell.end().code == 4);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_closed_ends_its_command) {
  start(plan("w1"));
  // Whoever reads there hears the end of the last that has it open.
  BOOST_TEST(run("w1", {"/bin/mkfifo", "/workspace/held"}).code == 0);
  for (auto terminal : {std::optional<window_size>{}, {window_size{}}})
    for (auto before : {"", "trap '' HUP; "}) {
      auto script = before
                    + std::string{"exec 7<>/workspace/held; sleep 1000 & "
                                  "echo up; sleep 1000; sleep 1000"};
      auto held
        = begin_command("w1", {"/bin/sh", "-c", script}, {"", terminal});
      held.await_output("up");
      auto reader = begin_command(
        "w1", {"/bin/sh", "-c", "exec 8</workspace/held; echo open; cat <&8"});
      reader.await_output("open");
      held.close();
      BOOST_TEST(reader.end().code == 0);
    }
}

BOOST_AUTO_TEST_CASE(users_are_known_by_number) {
  start(plan("w1"));
  auto ids = [this](const std::string& user) {
    return run("w1", {"/bin/sh", "-c", "echo $(id -u) $(id -g) $HOME"}, {user})
      .out;
  };
  BOOST_TEST(ids("") == "33333 33333 /home/gitpod\n");
  BOOST_TEST(ids("root") == "0 0 /root\n");
  BOOST_TEST(ids("1000:50") == "1000 50 /home/gitpod\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  start(plan("w1"));
  auto refusal = [this](exec_plan plan) {
    auto reply = ask<done>(exec{"t", std::move(plan), {}});
    BOOST_REQUIRE(!reply);
    return code_of(reply.error());
  };
  auto good = exec_plan{"w1", {"/bin/true"}, {}, "", "", {}};
  auto bad = good;
  bad.user = "65536";
  BOOST_TEST((refusal(bad) == ec::invalid_argument));
  bad = good;
  bad.argv.clear();
  BOOST_TEST((refusal(bad) == ec::invalid_argument));
  bad = good;
  bad.id = "w2";
  BOOST_TEST((refusal(bad) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_command_waits_while_its_container_is_frozen) {
  start(plan("w1"));
  need<done>(freeze{"w1", std::chrono::seconds{5}});
  auto order = exec{};
  order.token = "waits";
  order.plan = {"w1", {"/bin/true"}, {}, "", "", {}};
  auto ended = std::make_shared<std::promise<int>>();
  order.listener.on_output = [](int, const std::string&) { return true; };
  order.listener.on_end
    = [ended](const result<int>& code) { ended->set_value(code ? *code : -1); };
  auto begun = begin<done>(std::move(order));
  need<done>(thaw{"w1"});
  BOOST_TEST(!!begun());
  BOOST_TEST(ended->get_future().get() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
