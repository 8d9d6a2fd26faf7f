#include "test/runtime/node.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <fstream>

namespace berth::test {

namespace {

int monitor_of(const node& n, const std::string& id) {
  auto pid = 0;
  std::ifstream{n.where().monitor_pid(id)} >> pid;
  return pid;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(ending, node)

BOOST_AUTO_TEST_CASE(exit_code_and_last_words_are_told) {
  init_is("echo some words > /dev/termination-log; echo to the log; exit 7");
  auto made = start(plan("w1"));
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_REQUIRE(end.code);
  BOOST_TEST(*end.code == 7);
  BOOST_TEST(end.termination_message == "some words\n");
  auto log = need<log_path>(get_log_path{"w1"});
  BOOST_TEST(output_of("grep -c ' stdout F to the log' " + log.path) == "1\n");
  struct stat found;
  BOOST_REQUIRE(::stat(log.path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 077) == 0u);
}

BOOST_AUTO_TEST_CASE(a_log_is_retained_for_those_who_may_ask) {
  init_is("echo to the log");
  auto made = start(plan("w1"));
  need<container_end>(await_end{"w1", made.container});
  auto log = need<log_path>(get_log_path{"w1"});
  need<done>(release{"w1", 0});
  BOOST_TEST(!std::filesystem::exists(log.path));
  need<done>(sweep{{}, {"w1"}});
  BOOST_TEST(output_of("grep -c 'to the log' " + log.retained) == "1\n");
  need<done>(sweep{});
  BOOST_TEST(!std::filesystem::exists(log.retained));
}

BOOST_AUTO_TEST_CASE(last_words_are_limited) {
  init_is("dd if=/dev/zero of=/dev/termination-log bs=1000000 count=1");
  auto made = start(plan("w1"));
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_TEST(end.termination_message.size() == 4096u);
}

BOOST_AUTO_TEST_CASE(term_is_enough_for_one_that_listens) {
  auto made = start(plan("w1"));
  need<done>(terminate{"w1", 50s});
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_REQUIRE(end.code);
  BOOST_TEST(*end.code == 0);
}

BOOST_AUTO_TEST_CASE(kill_comes_after_the_grace_period) {
  init_is("trap '' TERM; while :; do sleep 1000 & wait $!; done");
  auto made = start(plan("w1"));
  need<done>(terminate{"w1", 300ms});
  auto end = need<container_end>(await_end{"w1", made.container});
  BOOST_REQUIRE(end.code);
  BOOST_TEST(*end.code == 137);
}

BOOST_AUTO_TEST_CASE(a_later_shorter_grace_counts) {
  init_is("trap '' TERM; while :; do sleep 1000 & wait $!; done");
  start(plan("w1"));
  auto first = begin<done>(terminate{"w1", 1h});
  need<done>(terminate{"w1", 0s});
  BOOST_TEST(first().engaged());
}

BOOST_AUTO_TEST_CASE(one_that_is_gone_needs_no_termination) {
  need<done>(terminate{"never-was", 1h});
  init_is("exit 0");
  auto made = start(plan("w1"));
  need<container_end>(await_end{"w1", made.container});
  need<done>(terminate{"w1", 1h});
}

BOOST_AUTO_TEST_CASE(a_container_outlives_its_monitor_but_its_code_is_lost) {
  auto made = start(plan("w1"));
  BOOST_REQUIRE(::kill(monitor_of(*this, "w1"), SIGKILL) == 0);
  BOOST_TEST(sh("w1", "echo here") == "here");
  auto end = begin<container_end>(await_end{"w1", made.container});
  need<done>(terminate{"w1", 0s});
  auto known = end();
  BOOST_REQUIRE(known);
  BOOST_TEST(!known->code);
  need<done>(release{"w1", 0});
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_restarted_runtime_adopts_containers) {
  init_is("trap 'exit 9' TERM; while :; do sleep 1000 & wait $!; done");
  auto made = start(plan("w1"));
  restart_runtime();
  need<done>(sweep{{{"w1", 0}}});
  BOOST_TEST(sh("w1", "echo here") == "here");
  auto end = begin<container_end>(await_end{"w1", made.container});
  need<done>(terminate{"w1", 50s});
  auto known = end();
  BOOST_REQUIRE(known);
  BOOST_TEST(known->code.value_or(-1) == 9);
}

BOOST_AUTO_TEST_CASE(a_sweep_takes_what_nobody_knows) {
  start(plan("w1", 1));
  start(plan("w2", 2));
  need<done>(sweep{{{"w2", 2}}});
  BOOST_TEST(sh("w2", "echo here") == "here");
  for (const auto& left : residue())
    BOOST_TEST(left.find("w1") == std::string::npos, left);
  BOOST_TEST(output_of("ip -o link | grep -c " + where().link_prefix())
             == "1\n");
  need<done>(release{"w2", 2});
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
