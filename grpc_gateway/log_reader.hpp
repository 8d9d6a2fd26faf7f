#pragma once

#include "actors/runtime/api.hpp"
#include "grpc_gateway/log_decoder.hpp"
#include "model/error.hpp"
#include "sys/fd.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::gateway {

/// Reads a workspace's log a piece at a time, on threads that may block, and
/// only as fast as somebody takes the pieces.
class log_reader : public std::enable_shared_from_this<log_reader> {
public:
  struct taker {
    /// Not empty. The next piece is read after `read_on`.
    std::function<void(std::vector<v1::LogsResponse>)> take;
    /// Nothing more comes; an error unless the log was read to its end.
    std::function<void(const caf::error&)> end;
    /// Whether to give up.
    std::function<bool()> is_gone;
  };

  /// With `follow` it goes on at the end of the file until `finish`.
  log_reader(caf::actor_system& system, bool follow, taker to)
    : system_(system), follow_(follow), to_(std::move(to)) {}

  /// Begins with the file at one of the paths, or ends with the error. If none
  /// is there yet it waits for it with `follow`; otherwise that is
  /// `failed_precondition`.
  void start(result<log_path> where);

  void read_on();

  /// The workspace has stopped: what it has written by now is the end.
  void finish() { finished_ = true; }

private:
  void open_file(const log_path&);
  void read_piece();
  void at_end(bool had_finished);
  /// Runs `job` after a while, unless nobody takes anything by then.
  void try_again(std::function<void()> job);

  caf::actor_system& system_;
  const bool follow_;
  const taker to_;
  std::atomic<bool> finished_ = false;
  // One thread at a time touches these.
  sys::fd file_;
  log_decoder decoder_;
};

} // namespace berth::gateway
