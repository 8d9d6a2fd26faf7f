#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"
#include "sys/pinned.hpp"

#include <sys/types.h>

#include <string>

namespace berth::bench {

/// Where a ring has its mounts: a tmpfs, and a directory to mount on.
inline constexpr auto ring_scratch = "/tmp";
inline constexpr auto ring_place = "/tmp/place";

/// A process in a user and a mount namespace of its own, inside a workspace's
/// container: what the in-workspace service is asked to do things to. It ends
/// with this.
class ring {
public:
  /// `container` is any process of the container.
  static result<ring> start(const sys::pinned_process& container);
  ring(ring&& other) noexcept;
  ring& operator=(ring&&) = delete;
  ~ring();

  pid_t pid() const { return pid_; } ///< as this program counts

  /// Once it is mapped: makes `ring_place`.
  result<void> furnish();

private:
  ring() = default;
  result<void> await(const char* what);

  pid_t pid_ = -1;
  sys::fd orders_, answers_;
};

/// The ids of the container that `process` is in, "0 0 65536" for uid and gid.
inline constexpr auto whole_map = "0 0 65536\n";

/// Writes the uid map (or gid map) of `ring` from inside `container`: one
/// process that enters a user namespace, opens a file, writes a line.
result<void> write_map_bare(const sys::pinned_process& container,
                            const ring& ring, bool gid);

/// Mounts /proc of `where`'s pid namespace, masked and locked, at `at` there:
/// the same calls as the node's, in one process that checks nothing.
result<void> mount_proc_bare(const sys::pinned_process& where, const char* at);

/// And takes it away.
result<void> unmount_bare(const sys::pinned_process& where, const char* at);

} // namespace berth::bench
