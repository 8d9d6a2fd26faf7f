#pragma once

#include "actors/iws/api.hpp"

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace berth::gateway {

/// Where a connection came in.
struct doorstep {
  std::string id; ///< the container's
  workspace_service_actor service;
};

/// Whose the connections are that gRPC got from us.
///
/// gRPC tells of a call only the number of its connection's descriptor. It
/// closes that when the last call of the connection is gone, so as long as a
/// handler runs the number means no other one. Thread-safe.
class connection_book {
public:
  using step_ptr = std::shared_ptr<const doorstep>;

  /// Before `fd` is handed over; false if as many came in at `at` as may.
  /// `stranger` says that every call of it is to be refused.
  bool enter(int fd, const step_ptr& at, const caf::error& stranger);

  /// Who serves the calls of `peer`, which is gRPC's name of a connection.
  /// `unavailable` if that workspace is gone.
  result<workspace_service_actor> find(const std::string& peer) const;

  /// From here on, calls on what came in at `at` find nobody.
  void forget(const step_ptr& at);

private:
  struct connection {
    ino_t inode = 0;
    step_ptr at;
    caf::error stranger;
  };

  void drop_closed(const step_ptr& at);

  mutable std::mutex mutex_;
  std::unordered_map<int, connection> by_fd_;
  std::unordered_map<const doorstep*, size_t> counts_;
};

} // namespace berth::gateway
