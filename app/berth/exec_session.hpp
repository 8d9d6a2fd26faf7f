#pragma once

#include "app/berth/connection.hpp"
#include "app/berth/terminal.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace berth::cli {

/// One command in a workspace: our stdin goes to it, its output comes to our
/// stdout and stderr, signals and sizes of the terminal are passed on. The
/// third signal ends the session as well, and one that asks to end (TERM, HUP)
/// some seconds later: not every command listens.
class exec_session {
public:
  exec_session(const connection& to, const session_signals& signals);
  ~exec_session();

  /// Runs to the end. `code` is the command's exit code, unset if it never
  /// came to one; then the status says why.
  grpc::Status run(const v1::ExecStart& start, std::optional<int>& code);

private:
  void forward_input();
  void forward_signals();
  void receive(std::optional<int>& code);
  /// Sends one message; false once nobody takes any. Waits for the one before
  /// at most `patience`, and gives the whole session up if that is over: a
  /// command that reads nothing must not make us deaf.
  bool send(const v1::ExecRequest&,
            std::optional<std::chrono::seconds> patience = std::nullopt);
  enum class event { ready, late, over };
  static constexpr auto forever = std::chrono::steady_clock::time_point::max();
  /// Waits until `fd` can be read, or the session is over.
  event await(int fd, std::chrono::steady_clock::time_point until) const;
  void give_up(int signal);
  void take_input(size_t bytes);
  void await_room();

  const session_signals& signals_;
  const connection& to_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ExecRequest, v1::ExecResponse>>
    stream_;
  int over_ = -1; ///< eventfd: becomes readable when the session is over
  std::mutex mutex_;
  std::condition_variable sent_;
  std::condition_variable taken_;
  size_t untaken_ = 0; ///< bytes of input that the command did not read
  bool is_sending_ = false;
  std::atomic<int> gave_up_ = 0; ///< the signal it gave up on
};

} // namespace berth::cli
