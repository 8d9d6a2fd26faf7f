#include "actors/runtime/forwarding_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth {

namespace {

constexpr auto control = "/proc/sys/net/ipv4/ip_forward";

result<forwarding_set> set(bool on) {
  auto now = sys::read_file(control, 64);
  if (!now)
    return now.error();
  auto was_on = !now->starts_with('0');
  if (was_on == on)
    return forwarding_set{was_on};
  auto file = sys::fd{::open(control, O_WRONLY | O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "open", control);
  if (::write(file.get(), on ? "1" : "0", 1) < 0)
    return errno_error(errno, "write", control);
  return forwarding_set{was_on};
}

} // namespace

forwarding_actor::behavior_type
forwarding_worker(forwarding_actor::pointer self) {
  return {
    [self](const set_forwarding& what) {
      return one_job(self, [&] { return set(what.on); });
    },
  };
}

} // namespace berth
