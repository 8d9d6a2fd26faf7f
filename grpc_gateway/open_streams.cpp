#include "grpc_gateway/open_streams.hpp"

#include <utility>

namespace berth::gateway {

bool open_streams::add(const std::shared_ptr<closable>& stream) {
  auto lock = std::lock_guard{mutex_};
  if (closed_)
    return false;
  if (streams_.size() >= limit_)
    std::erase_if(streams_, [](const auto& s) { return s.expired(); });
  if (streams_.size() >= limit_)
    return false;
  streams_.push_back(stream);
  return true;
}

void open_streams::close_all(const grpc::Status& why) {
  auto ending = std::vector<std::weak_ptr<closable>>{};
  {
    auto lock = std::lock_guard{mutex_};
    closed_ = true;
    ending = std::exchange(streams_, {});
  }
  for (const auto& stream : ending)
    if (auto open = stream.lock())
      open->close(why);
}

} // namespace berth::gateway
