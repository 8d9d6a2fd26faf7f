#pragma once

#include "actors/process/api.hpp"
#include "actors/process/outbox.hpp"
#include "actors/process/uv_loop.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string_view>

namespace berth {

/// How a child ended.
struct child_status {
  int code = -1;  ///< exit code, -1 if a signal ended it
  int signal = 0; ///< 0 if it exited
  bool timed_out = false;
};

/// Hears one child on the loop's thread.
struct child_listener {
  /// `stream` is 1 or 2. Must not destroy the child.
  std::function<void(int stream, std::string_view bytes)> on_output;
  /// Once, after the last output. May destroy the child.
  std::function<void(child_status)> on_exit;
  /// Some of the queued input is written, or nobody reads it any more.
  std::function<void()> on_input_taken = [] {};
};

/// One running child with its three pipes, on the loop's thread. Its end is the
/// end of its process: what it wrote until then is heard, what a descendant
/// writes later is not.
class loop_child {
public:
  static result<std::unique_ptr<loop_child>>
  start(uv_loop_t* loop, const child_spec& spec, child_listener listener);

  loop_child(const loop_child&) = delete;
  loop_child& operator=(const loop_child&) = delete;

  /// Kills the child's session group if it still runs, and reaps the child.
  ~loop_child();

  /// Queues bytes for its stdin; nothing happens if that is closed.
  void write(std::string_view bytes);

  /// Closes its stdin once everything queued is written.
  void end_input();

  /// Leaves its output where it is, or reads it again. What there is at its end
  /// is heard in any case.
  void hold_output(bool hold);

  size_t pending_input() const { return input_.size(); }

  /// Signals the session group.
  void signal_group(int signal);

  /// From now on it may run for ever.
  void lift_deadline() { deadline_ = {}; }

private:
  loop_child(pid_t pid, child_listener listener)
    : pid_(pid), listener_(std::move(listener)) {}

  result<void> watch(uv_loop_t* loop, sys::fd pidfd, sys::fd in, sys::fd out,
                     sys::fd err);
  void flush_input(bool broken);
  void read(fd_watch& from, int stream);
  void drain(fd_watch& from, int stream);
  void reap();

  pid_t pid_;
  bool reaped_ = false;
  bool timed_out_ = false;
  bool input_ended_ = false;
  child_listener listener_;
  outbox input_;
  fd_watch exit_, in_, out_, err_;
  loop_timer deadline_;
};

} // namespace berth
