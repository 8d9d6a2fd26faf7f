#include "actors/events/event_bus.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

struct listener : status_listener {
  bool offer(const record_ptr& record) override {
    heard.push_back(to_string(record->phase) + " "
                    + std::to_string(record->version));
    return true;
  }
  std::vector<std::string> heard;
};

/// Takes its time, as a thousand listeners do.
struct slow_listener : listener {
  bool offer(const record_ptr& record) override {
    using clock = std::chrono::steady_clock;
    auto end = clock::now() + std::chrono::milliseconds{400};
    while (clock::now() < end)
      ;
    return listener::offer(record);
  }
};

struct bus_system : test::deterministic_system {
  void tell(const std::string& id, phase phase, uint64_t version) {
    auto record = workspace_record{};
    record.spec.id = id;
    record.phase = phase;
    record.version = version;
    caf::anon_send(bus,
                   publish{std::make_shared<const workspace_record>(record)});
  }

  /// A listener that took long over a change of "a" just now.
  std::shared_ptr<slow_listener> let_changes_rest() {
    auto slow = std::make_shared<slow_listener>();
    caf::anon_send(bus, subscribe{{}, slow});
    tell("a", phase::running, 1);
    settle();
    tell("a", phase::running, 2);
    settle();
    BOOST_TEST(slow->heard.size() == 2u);
    slow->heard.clear();
    return slow;
  }

  event_bus_actor bus = spawn(event_bus);
  std::shared_ptr<listener> ears = std::make_shared<listener>();
};

using words = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_bus_test, bus_system)

BOOST_AUTO_TEST_CASE(a_bus_that_is_behind_joins_states_but_never_phases) {
  caf::anon_send(bus, subscribe{{}, ears});
  settle();
  tell("a", phase::creating, 1);
  tell("a", phase::creating, 2);
  tell("b", phase::running, 7);
  tell("a", phase::running, 3);
  tell("a", phase::running, 4);
  tell("a", phase::stopping, 5);
  settle();
  BOOST_TEST((ears->heard
              == words{"creating 2", "running 7", "running 4", "stopping 5"}));
}

BOOST_AUTO_TEST_CASE(who_comes_late_hears_nothing_older_than_the_newest) {
  tell("a", phase::creating, 1);
  tell("a", phase::running, 2);
  caf::anon_send(bus, subscribe{{}, ears});
  tell("a", phase::stopping, 3);
  settle();
  BOOST_TEST((ears->heard == words{"running 2", "stopping 3"}));
}

BOOST_AUTO_TEST_CASE(who_left_is_let_go_when_somebody_comes) {
  struct leaving : listener {
    bool is_gone() const override { return true; }
  };
  auto left = std::make_shared<leaving>();
  auto there = std::weak_ptr<leaving>{left};
  caf::anon_send(bus, subscribe{{}, std::move(left)});
  settle();
  BOOST_TEST(!there.expired());
  caf::anon_send(bus, subscribe{{}, ears});
  settle();
  BOOST_TEST(there.expired());
}

BOOST_AUTO_TEST_CASE(the_last_state_of_a_phase_is_told_before_the_next_phase) {
  caf::anon_send(bus, subscribe{{}, ears});
  tell("a", phase::running, 1);
  settle();
  tell("a", phase::running, 2);
  tell("a", phase::running, 3);
  tell("a", phase::stopping, 4);
  settle();
  BOOST_TEST((ears->heard == words{"running 1", "running 3", "stopping 4"}));
}

BOOST_AUTO_TEST_CASE(changes_that_cost_much_rest_and_phases_do_not) {
  auto slow = let_changes_rest();
  tell("a", phase::running, 3);
  tell("b", phase::creating, 1);
  settle();
  BOOST_TEST((slow->heard == words{"creating 1"}));
  tell("a", phase::running, 4);
  tell("b", phase::running, 2);
  settle();
  sched.advance_time(std::chrono::seconds{9});
  settle();
  BOOST_TEST((slow->heard == words{"creating 1", "running 2", "running 4"}));
}

BOOST_AUTO_TEST_CASE(a_phase_ends_what_rests_of_the_one_before) {
  auto slow = let_changes_rest();
  tell("a", phase::running, 3);
  settle();
  tell("a", phase::stopping, 4);
  settle();
  sched.advance_time(std::chrono::seconds{9});
  settle();
  BOOST_TEST((slow->heard == words{"stopping 4"}));
}

BOOST_AUTO_TEST_CASE(who_comes_while_changes_rest_hears_the_newest_once) {
  auto slow = let_changes_rest();
  tell("a", phase::running, 3);
  settle();
  caf::anon_send(bus, subscribe{{}, ears});
  settle();
  sched.advance_time(std::chrono::seconds{9});
  settle();
  BOOST_TEST((slow->heard == words{"running 3"}));
  BOOST_TEST((ears->heard == words{"running 3"}));
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_is_told_to_nobody_who_comes) {
  tell("a", phase::running, 1);
  caf::anon_send(bus, forget{"a"});
  settle();
  caf::anon_send(bus, subscribe{{}, ears});
  settle();
  BOOST_TEST(ears->heard.empty());
}

BOOST_AUTO_TEST_SUITE_END()
