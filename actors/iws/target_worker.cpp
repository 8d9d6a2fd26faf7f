#include "actors/iws/target_worker.hpp"

#include <cerrno>

namespace berth {

result<sys::pinned_process> pin_container(const workspace_container& which) {
  auto init = sys::pin_process(which.init.pid, which.init.start_time);
  if (!init && is_errno(init.error(), ESRCH))
    return make_error(ec::unavailable, "the container is gone");
  return init;
}

result<void> check_alive(const pinned& which) {
  if (which.process && sys::is_alive(*which.process))
    return {};
  return make_error(ec::invalid_argument, "cannot find PID");
}

uint32_t root_inside(const workspace_container& which) {
  return disk_map(which.kind, which.first_id).front().host_id;
}

} // namespace berth
