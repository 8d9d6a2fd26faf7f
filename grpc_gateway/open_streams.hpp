#pragma once

#include <grpcpp/support/status.h>

#include <memory>
#include <mutex>
#include <vector>

namespace berth::gateway {

/// A stream that the server may end.
class closable {
public:
  virtual ~closable() = default;
  /// Ends the stream with `why` as soon as what is being written is out.
  virtual void close(const grpc::Status& why) = 0;
};

/// The streams of a kind that are open, at most `limit`. Thread-safe.
class open_streams {
public:
  explicit open_streams(size_t limit) : limit_(limit) {}

  /// False if there are too many, or none is opened any more.
  bool add(const std::shared_ptr<closable>&);

  /// Ends all of them; no further one can be added.
  void close_all(const grpc::Status& why);

private:
  std::mutex mutex_;
  size_t limit_;
  bool closed_ = false;
  std::vector<std::weak_ptr<closable>> streams_;
};

} // namespace berth::gateway
