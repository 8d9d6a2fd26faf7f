#include "test/support/deterministic_system.hpp"

#include <caf/send.hpp>

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
  sched.advance_time(by);
  settle();
}

} // namespace berth::test
