#include "test/support/deterministic_system.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace berth::test {

deterministic_system::config::config() {
  set("scheduler.policy", caf::atom("testing"));
  set("logger.verbosity", caf::atom("quiet"));
}

deterministic_system::deterministic_system()
  : sched(dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())) {}

deterministic_system::~deterministic_system() {
  for (auto& actor : spawned)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  settle();
}

void deterministic_system::settle() {
  sched.run();
}

void deterministic_system::advance(caf::timespan by) {
  auto& clock = sched.clock();
  auto end = clock.now() + by;
  while (clock.has_pending_timeout()
         && clock.schedule().begin()->first <= end) {
    auto due = clock.schedule().begin()->first;
    pause(std::max(due - clock.now(), caf::timespan{0}));
  }
  pause(end - clock.now());
}

void deterministic_system::pause(caf::timespan by) {
  sched.advance_time(by);
  settle();
}

} // namespace berth::test
