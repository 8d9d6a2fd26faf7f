#include "sys/clock.hpp"

#include "sys/file.hpp"

#include <ctime>

namespace berth::sys {

std::chrono::nanoseconds since_boot() {
  auto now = timespec{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

result<std::string> boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  if (text)
    text->erase(text->find_last_not_of('\n') + 1);
  return text;
}

} // namespace berth::sys
