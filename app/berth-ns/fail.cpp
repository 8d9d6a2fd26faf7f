#include "app/berth-ns/fail.hpp"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

namespace berth::ns {

void fail(const char* call, const char* subject) {
  ::dprintf(STDERR_FILENO, "berth-ns: %s %s: %s\n", call, subject,
            ::strerror(errno));
  ::_exit(exit_failure);
}

void fail_because(const char* what, const char* why) {
  ::dprintf(STDERR_FILENO, "berth-ns: %s: %s\n", what, why);
  ::_exit(exit_failure);
}

void refuse(refusal code, const char* what, const char* why) {
  ::dprintf(STDERR_FILENO, "berth-ns: %s: %s\n", what, why);
  ::_exit(static_cast<int>(code));
}

void fail_usage(const char* what, const char* why) {
  ::dprintf(STDERR_FILENO, "berth-ns: %s: %s\n", what, why);
  ::_exit(exit_usage);
}

} // namespace berth::ns
