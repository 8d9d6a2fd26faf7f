#include "app/berth-worker/archive/packed_output.hpp"

#include "app/berth-worker/beneath.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth::worker {

packed_output::packed_output(int fd, int signal_fd)
  : fd_(fd), signal_fd_(signal_fd), early_(fd) {
  // Who reads slowly needs no more signals than fit in.
  if (signal_fd_ >= 0)
    ::fcntl(signal_fd_, F_SETFL, O_NONBLOCK);
}

packed_output::~packed_output() {
  if (signal_fd_ >= 0)
    ::close(signal_fd_);
}

result<void> packed_output::put(std::string_view bytes) {
  hash_.add(bytes);
  bytes_ += bytes.size();
  if (auto ok = write_all(fd_, bytes, "archive"); !ok)
    return ok;
  early_.reached(bytes_);
  // Full, or nobody reads any more: what was written is there all the same.
  if (signal_fd_ >= 0)
    (void)!::write(signal_fd_, "", 1);
  return {};
}

} // namespace berth::worker
