#include "app/berth-worker/child.hpp"

#include "sys/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace berth::worker {

namespace {

using clock = std::chrono::steady_clock;

constexpr size_t most_out = 1024 * 1024;
constexpr size_t most_err = 64 * 1024;
constexpr size_t longest_line = 16 * 1024;
constexpr int cannot_run = 127;
constexpr int secret_number = 3;

struct raw_command {
  std::vector<char*> argv, env;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  auto out = std::vector<char*>{};
  for (const auto& text : texts)
    out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// Between fork and exec: no allocation.
[[noreturn]] void become(const child_command& command, const raw_command& raw,
                         int null, int out, int err, int secret) {
  ::setpgid(0, 0);
  if (!command.may_gain_privileges)
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::dup2(null, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0)
    ::_exit(cannot_run);
  if (command.directory >= 0 && ::fchdir(command.directory) < 0)
    ::_exit(cannot_run);
  if (command.as && ::geteuid() == 0
      && (::setgroups(0, nullptr) < 0
          || ::setresgid(command.as->gid, command.as->gid, command.as->gid) < 0
          || ::setresuid(command.as->uid, command.as->uid, command.as->uid)
               < 0))
    ::_exit(cannot_run);
  // prctl(2): a change of ids clears it, so it comes after.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::signal(SIGPIPE, SIG_DFL);
  if (secret >= 0 && ::dup2(secret, secret_number) < 0)
    ::_exit(cannot_run);
  ::close_range(secret >= 0 ? secret_number + 1 : secret_number, ~0U, 0);
  ::execve(raw.argv[0], raw.argv.data(), raw.env.data());
  ::_exit(cannot_run);
}

/// One of the child's two outputs.
class output {
public:
  output(sys::fd fd, const std::function<void(std::string_view)>& on_line)
    : fd_(std::move(fd)), on_line_(on_line) {}

  int fd() const { return fd_ ? fd_.get() : -1; }

  /// Takes what there is; closes at the end.
  template <class Keep>
  void read_some(Keep keep) {
    auto buffer = std::array<char, 65536>{};
    auto n = ::read(fd_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      return;
    if (n <= 0) {
      end_line();
      fd_ = sys::fd{};
      return;
    }
    auto piece = std::string_view{buffer.data(), static_cast<size_t>(n)};
    keep(piece);
    if (on_line_)
      for (auto c : piece)
        c == '\n' || c == '\r' ? end_line() : add(c);
  }

private:
  void add(char c) {
    if (line_.size() < longest_line)
      line_ += c;
  }
  void end_line() {
    if (on_line_ && !line_.empty())
      on_line_(line_);
    line_.clear();
  }

  sys::fd fd_;
  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
};

struct pipe_ends {
  sys::fd read, write;
};

result<pipe_ends> make_pipe() {
  auto raw = std::array{-1, -1};
  if (::pipe2(raw.data(), O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "child");
  return pipe_ends{sys::fd{raw[0]}, sys::fd{raw[1]}};
}

/// A file of no file system that holds `text`; none for an empty one.
result<sys::fd> in_memory(const std::string& text) {
  if (text.empty())
    return sys::fd{};
  auto file = sys::fd{::memfd_create("secret", MFD_CLOEXEC)};
  if (!file
      || ::write(file.get(), text.data(), text.size())
           != static_cast<ssize_t>(text.size()))
    return errno_error(errno, "memfd_create", "secret");
  // Another number than the one it gets in the child.
  auto out = sys::fd{::fcntl(file.get(), F_DUPFD_CLOEXEC, secret_number + 1)};
  if (!out)
    return errno_error(errno, "fcntl", "secret");
  return out;
}

/// Whether a process still reads or writes, a file or a peer. Programs written
/// in Go wake each other by single bytes whether there is work or not, so a few
/// bytes are nothing.
class pulse {
public:
  pulse(pid_t pid, std::chrono::seconds patience)
    : counters_("/proc/" + std::to_string(pid) + "/io"), patience_(patience) {}

  /// How long until the next look.
  clock::duration pause() const {
    constexpr auto often = std::chrono::seconds{1};
    return patience_.count() == 0 ? clock::duration::max() : often;
  }

  bool is_lost() {
    auto moved = bytes_moved();
    // Where nobody can tell, it is taken to be well.
    if (!moved || *moved >= moved_ + least_moved) {
      moved_ = moved.value_or(0);
      beat_ = clock::now();
    }
    return patience_.count() != 0 && clock::now() - beat_ > patience_;
  }

private:
  static constexpr uint64_t least_moved = 4096;

  /// proc(5): "rchar: <bytes>\nwchar: <bytes>\n..."
  std::optional<uint64_t> bytes_moved() const {
    auto text = std::array<char, 512>{};
    auto file = sys::fd{::open(counters_.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0)
      return std::nullopt;
    auto read = uint64_t{0}, written = uint64_t{0};
    if (std::sscanf(text.data(), "rchar: %lu\nwchar: %lu", &read, &written)
        != 2)
      return std::nullopt;
    return read + written;
  }

  std::string counters_;
  uint64_t moved_ = 0;
  std::chrono::seconds patience_;
  clock::time_point beat_ = clock::now();
};

/// Copies both outputs until both are closed; false at the deadline, or when
/// it stands still.
bool collect(output& out, output& err, child_end& end,
             clock::time_point deadline, pulse& life) {
  while (out.fd() >= 0 || err.fd() >= 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::min(deadline - clock::now(), life.pause()));
    auto fds
      = std::array{pollfd{out.fd(), POLLIN, 0}, pollfd{err.fd(), POLLIN, 0}};
    if (clock::now() >= deadline)
      return false;
    if (::poll(fds.data(), fds.size(),
               static_cast<int>(std::max<int64_t>(left.count(), 0)))
        == 0) {
      if (life.is_lost())
        return false;
      continue;
    }
    if (fds[0].revents != 0)
      out.read_some([&](std::string_view piece) {
        end.out.append(piece.substr(0, most_out - end.out.size()));
      });
    if (fds[1].revents != 0)
      err.read_some([&](std::string_view piece) {
        end.err.append(piece);
        if (end.err.size() > most_err)
          end.err.erase(0, end.err.size() - most_err);
      });
  }
  return true;
}

/// Waits for the end of a child that may have closed its outputs long before
/// (GNU's programs do so a moment before); false at the deadline.
bool await_end(pid_t pid, clock::time_point deadline) {
  auto process = sys::open_pidfd(pid);
  if (!process)
    return true; // waiting will do
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
  auto ended = pollfd{process->get(), POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)))
         != 0;
}

} // namespace

result<child_end> run_child(const child_command& command) {
  auto raw = raw_command{pointers(command.argv), pointers(command.env)};
  auto null = sys::fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  auto out_pipe = make_pipe();
  auto err_pipe = make_pipe();
  if (!null || !out_pipe || !err_pipe)
    return make_error(ec::internal, "no descriptors for " + command.argv[0]);
  auto secret = in_memory(command.secret);
  if (!secret)
    return secret.error();
  auto pid = ::fork();
  if (pid < 0)
    return errno_error(errno, "fork", command.argv[0]);
  if (pid == 0)
    become(command, raw, null.get(), out_pipe->write.get(),
           err_pipe->write.get(), *secret ? secret->get() : -1);
  ::setpgid(pid, pid);
  out_pipe->write = sys::fd{};
  err_pipe->write = sys::fd{};
  auto end = child_end{};
  auto out = output{std::move(out_pipe->read), command.on_line};
  auto err = output{std::move(err_pipe->read), command.on_error_line};
  auto deadline = clock::now() + command.deadline;
  auto life = pulse{pid, command.patience};
  auto in_time
    = collect(out, err, end, deadline, life) && await_end(pid, deadline);
  // Its own children go with it, whatever made it end.
  ::kill(-pid, SIGKILL);
  auto status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return make_error(ec::timeout, command.argv[0] + " took too long");
  end.exit_code
    = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

} // namespace berth::worker
