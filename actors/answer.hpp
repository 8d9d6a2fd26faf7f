#pragma once

#include "actors/message.hpp"
#include "model/error.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace berth {

/// The answer of a command that has nothing to say but that it was done.
struct done {};

/// A caller who waits for one T, passed along inside messages until somebody
/// knows. The first `give` or `refuse` counts. If every copy is dropped
/// unanswered, the caller hears `unavailable`: nobody waits for ever.
///
/// The callback runs in the context of whoever answers; it must not block and
/// must not touch the answering actor.
template <class T>
class answer {
public:
  using callback = std::function<void(result<T>)>;

  answer() = default;
  explicit answer(callback to) : slot_(std::make_shared<slot>(std::move(to))) {}

  void give(T value) const { slot_->finish(std::move(value)); }
  void refuse(caf::error why) const { slot_->finish(std::move(why)); }
  void refuse(ec code, std::string why) const {
    refuse(make_error(code, std::move(why)));
  }
  /// Gives or refuses, as `outcome` says.
  void settle(result<T> outcome) const { slot_->finish(std::move(outcome)); }

  /// Whether the caller has been answered, or has gone.
  bool is_settled() const { return slot_->answered; }

  /// Refuses on behalf of a caller who goes. Does not count as a copy.
  std::function<void(caf::error)> revocation() const {
    return [weak = std::weak_ptr{slot_}](caf::error why) {
      if (auto slot = weak.lock())
        slot->finish(std::move(why));
    };
  }

private:
  struct slot {
    explicit slot(callback cb) : to(std::move(cb)) {}
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() {
      finish(make_error(ec::unavailable, "the service dropped the request"));
    }
    void finish(result<T> outcome) {
      if (!answered.exchange(true))
        std::exchange(to, nullptr)(std::move(outcome));
    }
    std::atomic<bool> answered = false;
    callback to;
  };

  std::shared_ptr<slot> slot_;
};

} // namespace berth

BERTH_MESSAGE(berth::done)
