#pragma once

#include "actors/process/api.hpp"
#include "actors/process/child_worker.hpp"
#include "actors/process/console_socket.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace berth {

/// One interactive child, with pipes or with a terminal, on the loop's thread.
///
/// It opens once the child is ready and, with a terminal, its pty came. From
/// then on its listener hears it until `on_end`; a session that never opened
/// hears no `on_end`. The end is that of the child, after the last of its
/// output.
class child_session {
public:
  using open_listener = std::function<void(result<done>)>;

  /// Both callbacks are called once, `on_closed` last, when the session is to
  /// be destroyed.
  static std::unique_ptr<child_session> make(open_session what,
                                             open_listener on_open,
                                             std::function<void()> on_closed);

  child_session(const child_session&) = delete;
  child_session& operator=(const child_session&) = delete;

  /// Kills the child and tells whoever still waits for its end.
  ~child_session();

  void start(uv_loop_t* loop);

  /// Queues input, which the listener hears of when it is taken. More than 32
  /// MiB that the child did not read end the session with `exhausted`.
  void input(std::string_view bytes, bool end);

  /// Output is heard again.
  void resume();

  void resize(window_size size);

  /// To the child's whole session group.
  void signal(int number);

private:
  child_session(open_session what, open_listener on_open,
                std::function<void()> on_closed);

  void hear(int stream, std::string_view bytes);
  void tell(int stream, std::string_view bytes);
  void settle_input();
  void type_end();
  void watch_terminal();
  result<void> watch_leash();
  void read_leash();
  void adopt_terminal(result<sys::fd> master);
  void on_terminal(int events);
  /// Whether there was something.
  bool read_terminal();
  void close_terminal();
  void drain_terminal();
  void flush_terminal();
  void on_exit(child_status status);
  void open_if_ready();
  void fail(caf::error why);
  void finish();
  result<int> outcome() const;
  caf::error why_not_opened() const;

  uv_loop_t* loop_ = nullptr;
  open_session what_;
  open_listener on_open_;
  std::function<void()> on_closed_;
  bool is_ready_ = false;
  bool is_open_ = false;
  bool ended_ = false;
  bool is_held_ = false; ///< nobody wants to hear output now
  int ends_typed_ = 0;
  size_t owed_ = 0; ///< bytes of input that nobody was told are taken
  caf::error failure_;
  std::optional<child_status> status_;
  std::string complaint_; ///< what was said before the child was ready
  fd_watch leash_;
  std::unique_ptr<console_socket> console_;
  fd_watch terminal_;
  outbox typed_; ///< for the terminal
  loop_timer drain_, end_again_;
  std::unique_ptr<loop_child> child_;
};

} // namespace berth
