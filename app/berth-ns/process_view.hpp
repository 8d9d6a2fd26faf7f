#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

/// Seeing the file system as a process of a workspace does, without trusting
/// anything that is there.
namespace berth::ns {

/// Goes on in a child, into which nobody but root of this machine looks. This
/// process waits for it for some seconds and ends as it did, or by SIGALRM: a
/// file system of a workspace may hold who looks into it for good, where not
/// even SIGKILL reaches (an overlay on FUSE does).
void limit_time();

/// Of that child: it dies with the one that waits. To be said again after its
/// ids changed, which ends the bond (see PR_SET_PDEATHSIG in prctl(2)).
void stay_bound();

/// Runs `work` in a process of its own that shares our memory and descriptors
/// but not our namespaces and ids; returns after its end. Its failure is ours.
void run_apart(int (*work)(void*), void* with);

/// Where a process is.
struct process_view {
  int mount_ns = -1;
  int root = -1; ///< its root directory

  bool is_complete() const { return mount_ns >= 0 && root >= 0; }
};

/// Reads `--mntns-fd N` or `--root-fd N`; false if `*args` is neither.
bool take_view_option(char**& args, process_view&);

/// Taken before `enter`: what the way back would be needed for.
class outside {
public:
  outside();

  /// Where descriptor `fd` is, from our root.
  std::string path_of(int fd) const;
  /// Whether mounts of this machine are in peer group `group`.
  bool has_peers_in(uint64_t group) const;

private:
  int descriptors_ = -1;
  std::vector<uint64_t> groups_;
};

/// Goes there, for good: its mounts, its root.
void enter(const process_view&);

/// Opens the directory at an absolute path of the view we are in, O_PATH, as a
/// process there would, but through no link of /proc. Refuses what is none.
int open_target(const char* path);

/// Opens `path` below `dir` if no part of it is a symlink; -1 and errno if it
/// cannot be.
int open_plainly(int dir, const char* path, int flags);

/// Refuses what nobody mounts on: /, /.workspace and below, /dev, below /proc,
/// and where a mount would show on this machine.
void check_target(const outside&, int target);

/// Attaches the detached mount there.
void attach_at(int mount, int target);

bool is_mount_root(int fd);
bool has_type(int fd, long magic);

/// Takes away the mount whose root this is, whatever stands on it.
/// False and errno if it cannot be.
bool detach_mount(int root_of_mount, int more_flags = 0);

} // namespace berth::ns
