#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace berth::sys {

/// Owns one file descriptor.
class fd {
public:
  fd() = default;
  explicit fd(int raw) noexcept : raw_(raw) {}
  fd(fd&& other) noexcept : raw_(std::exchange(other.raw_, -1)) {}
  fd& operator=(fd&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~fd() {
    if (raw_ >= 0)
      ::close(raw_);
  }

  int get() const noexcept { return raw_; }
  int release() noexcept { return std::exchange(raw_, -1); }
  explicit operator bool() const noexcept { return raw_ >= 0; }

private:
  int raw_ = -1;
};

/// A descriptor that several messages or owners hold.
using shared_fd = std::shared_ptr<const fd>;

} // namespace berth::sys
