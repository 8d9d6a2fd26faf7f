#pragma once

#include "test/iws_kernel/fixture.hpp"

namespace berth::test {

/// A file system that a workspace makes for itself, below /tmp/o of a ring: an
/// overlay on one that never answers whoever looks for `stuck`. Who does is
/// held where no signal reaches him, for the overlay looks in its maker's name.
class silent_fs {
public:
  /// In the ring of `where`, whose /tmp is writable and which has a /dev/fuse.
  explicit silent_fs(const pinned& where);
  silent_fs(const silent_fs&) = delete;
  silent_fs& operator=(const silent_fs&) = delete;
  /// Lets everybody go.
  ~silent_fs();

private:
  int pid_ = -1;
};

} // namespace berth::test
