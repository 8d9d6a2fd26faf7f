#include "test/runtime/node.hpp"

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
  BOOST_TEST(run("w1", {"/bin/cat"}, {"", "hello"}).out == "hello");
}

BOOST_AUTO_TEST_CASE(a_terminal_has_its_size) {
  start(plan("w1"));
  // crun sets the size while the command begins already.
  auto when_it_is_there
    = "until stty size 2>/dev/null | grep 132; do :; done; read l; exit 3";
  for (auto i = 0; i < 10; ++i) {
    auto end = run("w1", {"/bin/sh", "-c", when_it_is_there},
                   {"", "\n", window_size{40, 132}});
    BOOST_TEST(end.out.starts_with("40 132\r\n"), end.out);
    BOOST_TEST(end.code == 3);
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
