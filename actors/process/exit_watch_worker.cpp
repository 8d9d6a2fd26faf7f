#include "actors/process/exit_watch_worker.hpp"

#include "sys/process.hpp"

#include <cerrno>

namespace berth {

result<fd_watch> watch_exit(uv_loop_t* loop, int32_t pid, uint64_t start_time,
                            std::function<void()> on_gone) {
  if (pid <= 0)
    return make_error(ec::invalid_argument,
                      "await the end of process " + std::to_string(pid));
  // The descriptor comes first: if the start time fits after that, it is the
  // descriptor's process that it fits.
  auto pidfd = sys::open_pidfd(pid);
  if (!pidfd && is_errno(pidfd.error(), ESRCH))
    return fd_watch{};
  if (!pidfd)
    return pidfd.error();
  auto started = sys::start_time(pid);
  if (!started && !is_errno(started.error(), ESRCH))
    return started.error();
  if (!started || *started != start_time)
    return fd_watch{};
  auto watch
    = fd_watch::open(loop, std::move(*pidfd),
                     [on_gone = std::move(on_gone)](int) { on_gone(); });
  if (watch)
    watch->want(UV_READABLE);
  return watch;
}

} // namespace berth
