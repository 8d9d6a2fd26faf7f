#include "actors/store/ballast.hpp"
#include "core/log.hpp"
#include "sys/fd.hpp"
#include "sys/free_space.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth {

namespace {

constexpr uint64_t room_factor = 4;

} // namespace

void ballast::take_in() {
  auto now = std::chrono::steady_clock::now();
  if (is_there_ || now < next_try_)
    return;
  next_try_ = now + pause_;
  struct stat found;
  auto size = static_cast<off_t>(bytes_);
  is_there_ = ::stat(path_.c_str(), &found) == 0 && found.st_size == size;
  auto room = sys::find_free_space(path_.parent_path());
  if (is_there_ || !room || room->bytes < room_factor * bytes_)
    return;
  auto file = sys::fd{
    ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  is_there_ = file && ::posix_fallocate(file.get(), 0, size) == 0;
  if (!is_there_)
    ::unlink(path_.c_str());
}

bool ballast::throw_out() {
  // One that an earlier berthd made counts too.
  is_there_ = false;
  next_try_ = std::chrono::steady_clock::now() + pause_;
  if (::unlink(path_.c_str()) < 0)
    return false;
  log_warning("ballast-thrown-out", path_.native(), "the disk is full");
  return true;
}

} // namespace berth
