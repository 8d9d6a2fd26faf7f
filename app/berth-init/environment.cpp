#include "app/berth-init/environment.hpp"

#include "app/berth-init/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace berth::init {

namespace {

constexpr auto variable = "BERTH_ENVIRONMENT";

int give_up(const char* what) {
  ::dprintf(STDERR_FILENO, "berth-init: environment: %s: %s\n", what,
            ::strerror(errno));
  return 1;
}

/// Reads what is there; whether the end has come.
bool read_some(int from, std::string& into) {
  char chunk[4096];
  for (;;) {
    auto n = ::read(from, chunk, sizeof(chunk));
    if (n > 0)
      into.append(chunk, static_cast<size_t>(n));
    else if (n == 0 || errno != EINTR)
      return n == 0;
  }
}

bool is_told_to_end(int signals) {
  signalfd_siginfo info;
  while (::read(signals, &info, sizeof(info)) == sizeof(info))
    if (info.ssi_signo != SIGCHLD)
      return true;
  return false;
}

void set_all(const std::string& entries) {
  for (size_t at = 0; at < entries.size();) {
    auto end = entries.find('\0', at);
    auto entry = entries.substr(at, end - at);
    if (auto equals = entry.find('='); equals != entry.npos)
      ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
    at = end == entries.npos ? entries.size() : end + 1;
  }
}

} // namespace

std::optional<int> complete_environment(char** argv) {
  auto path = ::getenv(variable);
  if (path == nullptr)
    return std::nullopt;
  // Nobody has it open for writing yet, and that is no end.
  auto pipe = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto blocked = blocked_signals();
  auto signals = ::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
  if (pipe < 0 || signals < 0)
    return give_up("open");
  auto entries = std::string{};
  for (auto ended = false; !ended;) {
    pollfd polled[] = {{pipe, POLLIN, 0}, {signals, POLLIN, 0}};
    ::poll(polled, 2, -1);
    if (polled[1].revents != 0 && is_told_to_end(signals))
      return 0;
    if (polled[0].revents != 0)
      ended = read_some(pipe, entries);
  }
  ::unsetenv(variable);
  set_all(entries);
  ::execve(argv[0], argv, environ);
  return give_up("execve");
}

} // namespace berth::init
