#include "actors/runtime/exec_gate.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

struct gated {
  exec_gate gate;
  std::string heard; ///< a letter for each thing that was let through

  void enter(char what, const std::string& id = "a") {
    gate.enter(id, [this, what] { heard += what; });
  }

  void close(char what, const std::string& id = "a") {
    gate.close(id, [this, what] { heard += what; });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(exec_gates, gated)

BOOST_AUTO_TEST_CASE(commands_of_a_frozen_container_wait_for_its_thaw) {
  close('F');
  enter('1');
  enter('2');
  enter('x', "another");
  BOOST_TEST(heard == "Fx");
  gate.open("a");
  BOOST_TEST(heard == "Fx12");
  gate.open("a");
  BOOST_TEST(heard == "Fx12");
}

BOOST_AUTO_TEST_CASE(freezing_waits_for_commands_that_begin) {
  enter('1');
  enter('2');
  close('F');
  enter('3');
  gate.begun("a");
  BOOST_TEST(heard == "12");
  gate.begun("a");
  BOOST_TEST(heard == "12F");
  gate.open("a");
  BOOST_TEST(heard == "12F3");
  close('G');
  BOOST_TEST(heard == "12F3");
  gate.begun("a");
  BOOST_TEST(heard == "12F3G");
}

BOOST_AUTO_TEST_CASE(freezing_waits_no_longer_than_it_may) {
  enter('1');
  close('F');
  gate.hurry("a");
  BOOST_TEST(heard == "1F");
  gate.begun("a");
  gate.hurry("a");
  gate.hurry("another");
  BOOST_TEST(heard == "1F");
}

BOOST_AUTO_TEST_CASE(nothing_is_frozen_after_its_thaw) {
  enter('1');
  close('F');
  gate.open("a");
  gate.begun("a");
  BOOST_TEST(heard == "1");
  enter('2');
  BOOST_TEST(heard == "12");
}

BOOST_AUTO_TEST_SUITE_END()
