#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"
#include "sys/spawn.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace berth::bench {

/// How a program ended, and all it wrote.
struct finished {
  int code = 0;
  std::string output; ///< stdout and stderr
};

/// Runs a program to its end, with PATH and HOME=`/root` only and an empty
/// stdin. Never with /dev/null: an OCI runtime gives its stdio away.
result<finished> run_command(std::vector<std::string> argv);

/// The same; an error with the program's output unless it ends with 0.
result<std::string> must_run(std::vector<std::string> argv);

/// A pipe, read end first; both close on exec.
result<std::pair<sys::fd, sys::fd>> make_pipe();

/// All that comes from `from` until its end.
std::string read_all(const sys::fd& from);

/// Waits for the process behind `pidfd`, a minute at most; whether it ended.
bool wait_for_end(const sys::fd& pidfd);

/// The absolute path of `program`; an error if there is none in PATH.
result<std::string> which(const std::string& program);

/// A directory of its own below /var/tmp, removed at the end.
class temporary_directory {
public:
  static result<temporary_directory> make();
  temporary_directory(temporary_directory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}
  temporary_directory& operator=(temporary_directory&&) = delete;
  ~temporary_directory();

  const std::filesystem::path& path() const { return path_; }

private:
  explicit temporary_directory(std::filesystem::path path)
    : path_(std::move(path)) {}

  std::filesystem::path path_;
};

} // namespace berth::bench
