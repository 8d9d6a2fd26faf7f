#pragma once

#include <grpcpp/support/status.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace berth::gateway {

/// What a stream still has to say, and how it ends. Decides what its reactor
/// does next; the reactor does exactly that, after every call. Thread-safe.
///
/// A reactor is not gone before `finish` was returned, and after that must not
/// be touched any more by whoever got it.
template <class Message>
class outbox {
public:
  enum class step { wait, write, finish };

  /// Lets `change` alter what is queued, unless the stream is ending.
  template <class Change>
  step edit(Change change) {
    auto lock = std::lock_guard{mutex_};
    if (!ending_)
      change(queue_);
    return next();
  }

  step push(Message message) {
    return edit([&](auto& queue) { queue.push_back(std::move(message)); });
  }

  /// The write of `current` is over; not `ok` means nobody reads any more.
  step written(bool ok) {
    auto lock = std::lock_guard{mutex_};
    writing_ = false;
    if (!ok)
      give_up(grpc::Status{grpc::StatusCode::CANCELLED, "the reader is gone"});
    return next();
  }

  /// Ends with `why` once all that is queued is written.
  step end(grpc::Status why) {
    auto lock = std::lock_guard{mutex_};
    if (!ending_)
      ending_ = std::move(why);
    return next();
  }

  /// Ends with `why` as soon as gRPC lets us; what is queued is lost.
  step abandon(grpc::Status why) {
    auto lock = std::lock_guard{mutex_};
    give_up(std::move(why));
    return next();
  }

  /// Runs `begin`, which starts another operation of the reactor, unless the
  /// stream is ending: after `finish` none may be started.
  template <class Begin>
  void if_open(Begin begin) const {
    auto lock = std::lock_guard{mutex_};
    if (!ending_)
      begin();
  }

  bool is_open() const {
    auto lock = std::lock_guard{mutex_};
    return !ending_;
  }

  /// Whether another write follows the one of `current` at once.
  bool has_more() const {
    auto lock = std::lock_guard{mutex_};
    return !queue_.empty();
  }

  /// What is to be written, after `step::write`.
  Message& current() { return current_; }

  /// How to finish, after `step::finish`.
  const grpc::Status& verdict() const { return *ending_; }

private:
  void give_up(grpc::Status why) {
    queue_.clear();
    if (!ending_)
      ending_ = std::move(why);
  }

  step next() {
    if (writing_ || finished_)
      return step::wait;
    if (!queue_.empty()) {
      current_ = std::move(queue_.front());
      queue_.pop_front();
      writing_ = true;
      return step::write;
    }
    if (!ending_)
      return step::wait;
    finished_ = true;
    return step::finish;
  }

  mutable std::mutex mutex_;
  std::deque<Message> queue_;
  Message current_;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> ending_;
};

} // namespace berth::gateway
