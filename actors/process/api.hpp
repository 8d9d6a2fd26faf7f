#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth {

/// One child process: an absolute path with arguments, never a shell line.
/// Its environment is `env` and nothing else; every descriptor but 0-2 and
/// those in `fds` is closed. It leads its own session.
struct child_spec {
  std::vector<std::string> argv;
  std::vector<std::string> env; ///< "NAME=value"
  std::string cwd = "/";
  std::string
    input; ///< written to its stdin (a pipe, never /dev/null), then closed
  std::vector<std::pair<sys::shared_fd, int>> fds; ///< ours -> number there
  size_t output_limit = 256 * 1024; ///< bytes kept of each stream's end
  std::chrono::nanoseconds deadline = std::chrono::minutes{1}; ///< then SIGKILL
};

struct child_exit {
  int code = -1;  ///< exit code, -1 if a signal ended it
  int signal = 0; ///< 0 if it exited
  bool timed_out = false;
  std::string out;
  std::string err;
};

/// Runs a child to its end.
struct run_child {
  child_spec what;
};

/// Runs a child and tells its stdout line by line as it comes. `on_line` runs
/// on the loop's thread: it may only send messages. A line over `longest_line`
/// bytes ends the child and is answered with `exhausted`; `child_exit::out`
/// stays empty. `token`, unique to the caller, is what `kill_child` names it
/// by.
struct follow_child {
  child_spec what;
  std::string token;
  std::function<void(std::string)> on_line;
  size_t longest_line = 64 * 1024;
};

/// Sends `signal` to the whole session group of a followed child or of a
/// session's. One that is gone is no error.
struct kill_child {
  std::string token;
  int signal = 0;
};

/// Answered when process `pid` ends (it need not be our child). `start_time`
/// (field 22 of its stat) guards against another process of the same number:
/// if that is not it, the answer comes at once.
struct await_exit {
  int32_t pid = 0;
  uint64_t start_time = 0;
};

struct process_gone {};

/// A terminal's size in characters.
struct window_size {
  uint16_t rows = 24;
  uint16_t cols = 80;
};

/// Hears one session. Called on the loop's thread: may not block.
struct session_listener {
  /// `stream` is 1 or 2. False: no more until `session_resume`, but for what
  /// the child leaves at its end.
  std::function<bool(int stream, std::string bytes)> on_output;
  std::function<void(result<int> code)> on_end; ///< exactly once, last
  /// So many bytes of `session_input` are no longer kept here.
  std::function<void(size_t bytes)> on_input_taken = [](size_t) {};
};

/// An interactive child. Its `leash` is our end of a pair of sockets whose
/// other the child was given: the child writes a byte when it is ready, gets
/// one when the session is open, and loses the leash when that ends for
/// whatever reason. Until then what the child says is a complaint of whoever
/// was to make it. Without a terminal its stdio are three pipes. With one the
/// child is given `--console-socket PATH` semantics: it connects to
/// `console_socket`, on which we listen, and hands us a pty master. The child's
/// deadline bounds the opening only; a session that was refused hears nothing,
/// not even `on_end`. The code of a child that signal n ended is 128+n.
struct open_session {
  std::string token; ///< unique; names the session from here on
  child_spec what;
  std::optional<window_size> terminal;
  std::string console_socket; ///< path we make and remove; with a terminal only
  sys::shared_fd leash;       ///< none: it is ready once it runs
  session_listener listener;
};

struct session_input {
  std::string token;
  std::string bytes;
  bool end = false; ///< no more input comes
};

struct session_resize {
  std::string token;
  window_size size;
};

/// Output is heard again.
struct session_resume {
  std::string token;
};

/// Ends the session's child with SIGKILL. A session that is gone is no error.
struct close_session {
  std::string token;
};

/// The one libuv loop of the node: children, their pipes and their ends.
using process_actor = caf::typed_actor<
  caf::replies_to<run_child>::with<child_exit>,
  caf::replies_to<follow_child>::with<child_exit>, caf::reacts_to<kill_child>,
  caf::replies_to<await_exit>::with<process_gone>,
  // Replies once the child is ready (and, with a terminal, the pty has come).
  caf::replies_to<open_session>::with<done>, caf::reacts_to<session_input>,
  caf::reacts_to<session_resize>, caf::reacts_to<session_resume>,
  caf::reacts_to<close_session>>;

} // namespace berth

BERTH_MESSAGE(berth::run_child)
BERTH_MESSAGE(berth::follow_child)
BERTH_MESSAGE(berth::kill_child)
BERTH_MESSAGE(berth::child_exit)
BERTH_MESSAGE(berth::await_exit)
BERTH_MESSAGE(berth::process_gone)
BERTH_MESSAGE(berth::open_session)
BERTH_MESSAGE(berth::session_input)
BERTH_MESSAGE(berth::session_resize)
BERTH_MESSAGE(berth::session_resume)
BERTH_MESSAGE(berth::close_session)
