#include "app/berth/terminal.hpp"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace berth::cli {

raw_terminal::raw_terminal() {
  if (::tcgetattr(STDIN_FILENO, &before_) != 0)
    return;
  auto raw = before_;
  ::cfmakeraw(&raw);
  is_raw_ = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

raw_terminal::~raw_terminal() {
  if (is_raw_)
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

v1::TerminalSize terminal_size() {
  v1::TerminalSize size;
  winsize found{};
  bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) == 0
                  && found.ws_row > 0 && found.ws_col > 0;
  size.set_rows(is_known ? found.ws_row : 24);
  size.set_cols(is_known ? found.ws_col : 80);
  return size;
}

session_signals::session_signals() {
  sigset_t passed_on;
  sigemptyset(&passed_on);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGPIPE})
    sigaddset(&passed_on, number);
  ::pthread_sigmask(SIG_BLOCK, &passed_on, &before_);
  sigdelset(&passed_on, SIGPIPE); // write(2) says EPIPE
  fd_ = ::signalfd(-1, &passed_on, SFD_CLOEXEC | SFD_NONBLOCK);
}

session_signals::~session_signals() {
  if (fd_ >= 0)
    ::close(fd_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int session_signals::next() const {
  signalfd_siginfo what{};
  auto count = ::read(fd_, &what, sizeof(what));
  return count == sizeof(what) ? static_cast<int>(what.ssi_signo) : 0;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EAGAIN) { // a terminal somebody made non-blocking
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(count > 0 ? static_cast<size_t>(count) : 0);
  }
  return true;
}

} // namespace berth::cli
