#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

/// Paths below a directory that somebody else filled: never through a symbolic
/// link, never out of the directory, never into another mount.
namespace berth::worker {

struct identity {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// An absolute path of berthd's own.
result<sys::fd> open_directory(const std::string& path);

/// openat2(2), confined. `path` is an inner path of any length, or empty for
/// `dir` itself (then only directory flags make sense). `mode` is for O_CREAT.
result<sys::fd> open_beneath(int dir, const std::string& path, int flags,
                             mode_t mode = 0);

/// Whether there is anything at `path`, or something else than a directory on
/// the way: only what is surely not there is not.
bool may_be_beneath(int dir, const std::string& path);

/// Gives what has `name` in `from` the name `new_name` in `to`, which must be
/// free.
result<void> rename_beneath(int from, const std::string& name, int to,
                            const std::string& new_name);

/// All that `fd` gives, which is called `name`; `too_large` if that is more
/// than `most` bytes.
result<std::string> read_text(int fd, const std::string& name, size_t most,
                              const std::string& too_large);

/// All of `bytes` into `fd`, which is called `name`.
result<void> write_all(int fd, std::string_view bytes, const std::string& name);

/// The directory at `path`, made with its missing parents, which then belong
/// to `owner`.
result<sys::fd> make_directories(int dir, const std::string& path, mode_t mode,
                                 identity owner);

/// Removes everything in `dir`, but not `dir`.
result<void> empty_directory(int dir);

/// Removes `name` in `dir`, whatever it is; nothing there is no error.
result<void> remove_beneath(int dir, const std::string& name);

result<bool> is_empty_directory(int dir);

/// What is in `dir`, in no order.
result<std::vector<std::string>> names_in(int dir);

/// "a/b/c" as "a/b" and "c".
struct split_path {
  std::string parent;
  std::string name;
};
split_path split(const std::string& path);

} // namespace berth::worker
