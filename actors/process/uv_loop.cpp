#include "actors/process/uv_loop.hpp"

#include <signal.h>

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace berth {

namespace {

template <class Handle>
uv_handle_t* as_handle(Handle* h) {
  return reinterpret_cast<uv_handle_t*>(h);
}

/// Signals belong to the main thread; a write to a pipe that its reader left
/// must be an EPIPE.
void block_signals() {
  auto all = sigset_t{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

struct uv_loop::shared {
  uv_loop_t loop{};
  uv_async_t wake{};
  std::mutex guard;
  std::vector<task> tasks; ///< guarded
  bool ending = false;     ///< guarded
  std::thread thread;

  void run_tasks() {
    auto now = std::vector<task>{};
    auto last = false;
    {
      auto lock = std::lock_guard{guard};
      now.swap(tasks);
      last = ending;
    }
    for (auto& work : now)
      work(&loop);
    if (last && !uv_is_closing(as_handle(&wake)))
      uv_close(as_handle(&wake), nullptr);
  }
};

uv_loop::uv_loop() : shared_(std::make_shared<shared>()) {
  uv_loop_init(&shared_->loop);
  uv_async_init(&shared_->loop, &shared_->wake, [](uv_async_t* handle) {
    static_cast<shared*>(handle->data)->run_tasks();
  });
  shared_->wake.data = shared_.get();
  shared_->thread = std::thread{[state = shared_] {
    block_signals();
    uv_run(&state->loop, UV_RUN_DEFAULT);
    uv_loop_close(&state->loop);
  }};
}

uv_loop::~uv_loop() {
  {
    auto lock = std::lock_guard{shared_->guard};
    shared_->ending = true;
  }
  uv_async_send(&shared_->wake);
  // The loop's own thread may drop the last handle of the actor that owns us.
  if (shared_->thread.get_id() == std::this_thread::get_id())
    shared_->thread.detach();
  else
    shared_->thread.join();
}

void uv_loop::post(task work) {
  auto lock = std::lock_guard{shared_->guard};
  shared_->tasks.push_back(std::move(work));
  if (shared_->tasks.size() == 1)
    uv_async_send(&shared_->wake);
}

result<fd_watch> fd_watch::open(uv_loop_t* loop, sys::fd what, callback on) {
  auto made = std::make_unique<handle>();
  made->descriptor = std::move(what);
  made->on = std::move(on);
  auto rc = uv_poll_init(loop, &made->poll, made->descriptor.get());
  if (rc < 0)
    return errno_error(-rc, "uv_poll_init", "descriptor");
  made->poll.data = made.get();
  return fd_watch{std::unique_ptr<handle, closer>{made.release()}};
}

void fd_watch::want(int events) {
  if (events == 0) {
    uv_poll_stop(&handle_->poll);
    return;
  }
  uv_poll_start(&handle_->poll, events,
                [](uv_poll_t* poll, int status, int ready) {
                  static_cast<handle*>(poll->data)->on(status < 0 ? 0 : ready);
                });
}

void fd_watch::closer::operator()(handle* h) const {
  uv_close(as_handle(&h->poll), [](uv_handle_t* closed) {
    delete static_cast<handle*>(closed->data);
  });
}

loop_timer::loop_timer(uv_loop_t* loop, std::chrono::nanoseconds after,
                       std::function<void()> on)
  : handle_(new handle) {
  handle_->on = std::move(on);
  handle_->timer.data = handle_.get();
  uv_timer_init(loop, &handle_->timer);
  auto wait = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  uv_update_time(loop);
  uv_timer_start(
    &handle_->timer,
    [](uv_timer_t* timer) { static_cast<handle*>(timer->data)->on(); },
    wait > 0 ? static_cast<uint64_t>(wait) : 0, 0);
}

void loop_timer::closer::operator()(handle* h) const {
  uv_close(as_handle(&h->timer), [](uv_handle_t* closed) {
    delete static_cast<handle*>(closed->data);
  });
}

} // namespace berth
