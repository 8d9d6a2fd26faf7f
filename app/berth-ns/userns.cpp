#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/verbs.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>

namespace berth::ns {

int run_userns(char** args) {
  if (*args != nullptr)
    fail_usage(*args, "userns takes no arguments");
  must(::unshare(CLONE_NEWUSER), "unshare", "user namespace");
  must(::write(STDOUT_FILENO, "+", 1), "write", "stdout");
  // The caller writes our id maps and opens our namespace meanwhile.
  auto byte = char{};
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  return 0;
}

} // namespace berth::ns
