#pragma once

#include "actors/events/api.hpp"

#include <memory>
#include <utility>

namespace berth::gateway {

/// What the event bus holds of a stream. Held itself, a stream whose client
/// left would be there, and take its place among the open ones, until the next
/// change of anything.
class weak_listener final : public status_listener {
public:
  explicit weak_listener(std::weak_ptr<status_listener> stream)
    : stream_(std::move(stream)) {}

  bool offer(const record_ptr& record) override {
    auto stream = stream_.lock();
    return stream && stream->offer(record);
  }

  bool is_gone() const override {
    auto stream = stream_.lock();
    return !stream || stream->is_gone();
  }

private:
  std::weak_ptr<status_listener> stream_;
};

} // namespace berth::gateway
