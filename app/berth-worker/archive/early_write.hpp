#pragma once

#include <fcntl.h>

#include <cstdint>

namespace berth::worker {

/// Lets the kernel write a file to the disk while more of it comes, so that who
/// syncs it in the end has little to wait for.
class early_write {
public:
  explicit early_write(int fd) : fd_(fd) {}

  /// So much of the file is written; nothing was before.
  void reached(uint64_t end) {
    constexpr uint64_t at_once = uint64_t{8} << 20;
    if (end < begun_ + at_once)
      return;
    // What is no file needs none of this; and it is a hint at any rate.
    (void)::sync_file_range(fd_, static_cast<off64_t>(begun_),
                            static_cast<off64_t>(end - begun_),
                            SYNC_FILE_RANGE_WRITE);
    begun_ = end;
  }

private:
  int fd_;
  uint64_t begun_ = 0;
};

} // namespace berth::worker
