#include "actors/process/outbox.hpp"

#include <unistd.h>

#include <cerrno>

namespace berth {

outbox::state outbox::flush(int descriptor) {
  while (size() > 0) {
    auto n = ::write(descriptor, bytes_.data() + written_, size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      break;
    if (n < 0)
      return state::broken;
    written_ += static_cast<size_t>(n);
  }
  // Moving the rest to the front only now and then keeps the cost linear.
  if (written_ * 2 >= bytes_.size()) {
    bytes_.erase(0, written_);
    written_ = 0;
  }
  return size() == 0 ? state::empty : state::waiting;
}

} // namespace berth
