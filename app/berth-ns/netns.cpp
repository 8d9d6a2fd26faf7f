#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <sched.h>
#include <unistd.h>

#include <string_view>

namespace berth::ns {

int run_netns(char** args) {
  limit_time();
  if (*args == nullptr || std::string_view{*args} != "--netns-fd")
    fail_usage("netns", "needs --netns-fd N -- PROGRAM");
  auto netns = descriptor("--netns-fd", value_of(args));
  auto program = program_behind(++args);
  must(::setns(netns, CLONE_NEWNET), "setns", "network namespace");
  ::close(netns);
  ::execv(program[0], program);
  fail("execv", program[0]);
}

} // namespace berth::ns
