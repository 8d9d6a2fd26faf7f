#include "core/s3/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

namespace berth::s3 {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

stop_signal::stop_signal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void stop_signal::set() {
  is_set_ = true;
  ::eventfd_write(event_.get(), 1);
}

bool stop_signal::sleep(milliseconds span) const {
  auto until = steady_clock::now() + span;
  while (!is_set_) {
    auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (left <= milliseconds::zero())
      return true;
    auto event = pollfd{event_.get(), POLLIN, 0};
    ::poll(&event, 1,
           static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
  }
  return false;
}

} // namespace berth::s3
