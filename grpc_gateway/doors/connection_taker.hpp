#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

namespace berth::gateway {

/// Takes connections that came to listening sockets.
///
/// Who comes while connections hold three quarters of the descriptors that the
/// process may have is turned away: the rest is for workspaces. And it goes on
/// when there is none left at all.
class connection_taker {
public:
  result<void> begin();

  /// The next connection; nothing if there is none, or it was turned away.
  /// When nobody can even be turned away it waits a moment for somebody to
  /// close something, or until `over` is readable.
  sys::fd take(int listening, int over);

private:
  void turn_one_away(int listening, int over);

  sys::fd reserve_; ///< what is given up to turn somebody away
  int highest_ = 0; ///< number of a descriptor that a connection may get
};

/// One that becomes readable with a write to it.
sys::fd new_event();

} // namespace berth::gateway
