#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace berth {

/// The newest line of a worker, handed from the loop's thread to an actor.
/// However much a worker writes, one line and one message wait.
class last_line {
public:
  /// Whether the reader has to be told: nothing else was waiting.
  bool put(std::string line) {
    auto guard = std::lock_guard{mutex_};
    line_ = std::move(line);
    return !std::exchange(waiting_, true);
  }

  std::string read() {
    auto guard = std::lock_guard{mutex_};
    waiting_ = false;
    return line_;
  }

private:
  std::mutex mutex_;
  std::string line_;
  bool waiting_ = false;
};

} // namespace berth
