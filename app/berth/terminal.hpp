#pragma once

#include <termios.h>

#include <csignal>
#include <string_view>

#include "berth/v1/node.pb.h"

namespace berth::cli {

/// The terminal that is stdin, in raw mode for as long as this lives. Nothing
/// if stdin is none.
class raw_terminal {
public:
  raw_terminal();
  ~raw_terminal();
  raw_terminal(const raw_terminal&) = delete;
  raw_terminal& operator=(const raw_terminal&) = delete;

private:
  bool is_raw_ = false;
  termios before_{};
};

/// Size of the terminal that is stdout, 24 by 80 if it is none.
v1::TerminalSize terminal_size();

/// A descriptor that reads the signals which a session passes on: INT, TERM,
/// HUP, QUIT and WINCH. They are blocked in every thread started after this and
/// kept from killing us, so that the terminal is always restored.
class session_signals {
public:
  session_signals();
  ~session_signals();
  session_signals(const session_signals&) = delete;
  session_signals& operator=(const session_signals&) = delete;

  int fd() const { return fd_; }
  /// The next signal's number, 0 if none is waiting.
  int next() const;

private:
  int fd_ = -1;
  sigset_t before_{};
};

/// Writes all of it; false if nobody reads there any more.
bool write_all(int fd, std::string_view bytes);

} // namespace berth::cli
