#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>

namespace berth {

/// One thread that owns one libuv loop. Everybody else may only `post`.
class uv_loop {
public:
  using task = std::function<void(uv_loop_t*)>;

  uv_loop();
  uv_loop(const uv_loop&) = delete;
  uv_loop& operator=(const uv_loop&) = delete;

  /// Runs what was posted, then ends the loop and its thread. By then every
  /// watch and timer must be gone, so the last task drops them.
  ~uv_loop();

  /// Runs `work` on the loop's thread, in the order of posting.
  void post(task work);

private:
  struct shared;

  std::shared_ptr<shared> shared_;
};

/// Calls back while a descriptor is ready. Lives and dies on the loop's
/// thread; it may be destroyed from within its own callback.
class fd_watch {
public:
  /// `events` are UV_READABLE and UV_WRITABLE, 0 if the descriptor broke.
  using callback = std::function<void(int events)>;

  /// Owns `what` from now on and makes it non-blocking.
  static result<fd_watch> open(uv_loop_t* loop, sys::fd what, callback on);

  fd_watch() = default;

  /// Waits for `events` from now on; 0 waits for nothing.
  void want(int events);

  int get() const { return handle_ ? handle_->descriptor.get() : -1; }
  explicit operator bool() const { return handle_ != nullptr; }

private:
  struct handle {
    uv_poll_t poll;
    sys::fd descriptor;
    callback on;
  };

  /// The handle is freed when libuv lets go of it, a turn of the loop later.
  struct closer {
    void operator()(handle*) const;
  };

  explicit fd_watch(std::unique_ptr<handle, closer> h)
    : handle_(std::move(h)) {}

  std::unique_ptr<handle, closer> handle_;
};

/// Calls back once, unless it is destroyed first. On the loop's thread only.
class loop_timer {
public:
  loop_timer() = default;
  loop_timer(uv_loop_t* loop, std::chrono::nanoseconds after,
             std::function<void()> on);

private:
  struct handle {
    uv_timer_t timer;
    std::function<void()> on;
  };

  struct closer {
    void operator()(handle*) const;
  };

  std::unique_ptr<handle, closer> handle_;
};

} // namespace berth
