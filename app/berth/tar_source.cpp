#include "app/berth/tar_source.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace berth::cli {

namespace {

/// `tar` of all below `path`; what it says goes to our stderr.
result<pid_t> start_tar(const std::string& path, int& output) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return errno_error(errno, "pipe2", "tar");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::array<std::string, 9> words = {"tar",
                                      "-C",
                                      path,
                                      "--numeric-owner",
                                      "--xattrs",
                                      "--sparse",
                                      "--format=posix",
                                      "-c",
                                      "."};
  std::array<char*, words.size() + 1> argv{};
  for (size_t i = 0; i < words.size(); ++i)
    argv[i] = words[i].data();
  pid_t pid = -1;
  int failed
    = ::posix_spawnp(&pid, "tar", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return errno_error(failed, "posix_spawnp", "tar");
  }
  output = ends[0];
  return pid;
}

} // namespace

result<tar_source> tar_source::open(const std::string& path) {
  tar_source source;
  source.path_ = path;
  if (path == "-") {
    source.fd_ = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    return source;
  }
  source.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (source.fd_ < 0)
    return errno_error(errno, "open", path);
  struct stat found {};
  if (::fstat(source.fd_, &found) != 0)
    return errno_error(errno, "fstat", path);
  if (S_ISREG(found.st_mode))
    source.total_ = static_cast<uint64_t>(found.st_size);
  if (!S_ISDIR(found.st_mode))
    return source;
  ::close(std::exchange(source.fd_, -1));
  auto tar = start_tar(path, source.fd_);
  if (!tar)
    return tar.error();
  source.tar_ = *tar;
  return source;
}

tar_source::tar_source(tar_source&& other) noexcept
  : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)),
    tar_(std::exchange(other.tar_, -1)), total_(other.total_) {}

tar_source::~tar_source() {
  if (fd_ >= 0)
    ::close(fd_);
  if (tar_ > 0) {
    ::kill(tar_, SIGTERM);
    ::waitpid(tar_, nullptr, 0);
  }
}

result<size_t> tar_source::read(std::span<char> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    auto count = ::read(fd_, buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return errno_error(errno, "read", path_);
    if (count == 0)
      break;
    filled += static_cast<size_t>(count);
  }
  return filled;
}

result<void> tar_source::finish() {
  int status = 0;
  if (tar_ <= 0)
    return {};
  ::close(std::exchange(fd_, -1));
  if (::waitpid(std::exchange(tar_, -1), &status, 0) < 0)
    return errno_error(errno, "waitpid", "tar");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return make_error(ec::internal, "tar could not pack all of " + path_);
  return {};
}

} // namespace berth::cli
