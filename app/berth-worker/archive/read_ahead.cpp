#include "app/berth-worker/archive/read_ahead.hpp"

#include <utility>

namespace berth::worker {

namespace {

constexpr size_t most_blocks_ahead = 8;

} // namespace

read_ahead::read_ahead(byte_stream from, std::function<uint64_t()> packed_bytes)
  : from_(std::move(from)), packed_bytes_(std::move(packed_bytes)),
    thread_([this] { read_on(); }) {}

read_ahead::~read_ahead() {
  auto lock = std::lock_guard{mutex_};
  is_over_ = true;
  moved_.notify_all();
}

void read_ahead::read_on() {
  for (;;) {
    auto more = from_();
    auto next = block{spare_buffer(), packed_bytes_()};
    if (more)
      next.bytes.assign(*more);
    else
      next.failure = more.error();
    auto is_last = next.bytes.empty();
    if (!put(std::move(next)) || is_last)
      return;
  }
}

/// Empty, but mostly with room.
std::string read_ahead::spare_buffer() {
  auto lock = std::lock_guard{mutex_};
  if (spare_.empty())
    return {};
  auto out = std::move(spare_.front());
  spare_.pop_front();
  out.clear();
  return out;
}

/// Whether somebody wants more.
bool read_ahead::put(block next) {
  auto lock = std::unique_lock{mutex_};
  moved_.wait(lock,
              [this] { return is_over_ || ready_.size() < most_blocks_ahead; });
  ready_.push_back(std::move(next));
  moved_.notify_all();
  return !is_over_;
}

result<std::string_view> read_ahead::next() {
  if (!is_at_end_) {
    auto lock = std::unique_lock{mutex_};
    spare_.push_back(std::move(current_.bytes));
    moved_.wait(lock, [this] { return !ready_.empty(); });
    current_ = std::move(ready_.front());
    ready_.pop_front();
    moved_.notify_all();
    is_at_end_ = current_.bytes.empty();
  }
  if (current_.failure)
    return current_.failure;
  return std::string_view{current_.bytes};
}

} // namespace berth::worker
