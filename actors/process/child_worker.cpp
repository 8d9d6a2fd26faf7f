#include "actors/process/child_worker.hpp"

#include "sys/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace berth {

namespace {

constexpr auto reap_patience = std::chrono::milliseconds{1000};

struct pipe_ends {
  sys::fd reader, writer;
};

result<pipe_ends> make_pipe() {
  int raw[2];
  if (::pipe2(raw, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "stdio");
  return pipe_ends{sys::fd{raw[0]}, sys::fd{raw[1]}};
}

/// The caller's descriptors in the child, or why they cannot be.
result<std::vector<std::pair<int, int>>> handed_on(const child_spec& spec) {
  auto out = std::vector<std::pair<int, int>>{};
  for (auto& [ours, theirs] : spec.fds) {
    if (!ours || !*ours || theirs <= STDERR_FILENO)
      return make_error(ec::invalid_argument,
                        "no descriptor can be handed on as number "
                          + std::to_string(theirs));
    out.emplace_back(ours->get(), theirs);
  }
  return out;
}

/// One buffer for all: what was read is heard before the next read.
thread_local auto buffer = std::array<char, 64 * 1024>{};

ssize_t read_some(int from, size_t at_most) {
  auto n = ssize_t{0};
  do
    n = ::read(from, buffer.data(), std::min(at_most, buffer.size()));
  while (n < 0 && errno == EINTR);
  return n;
}

} // namespace

result<std::unique_ptr<loop_child>> loop_child::start(uv_loop_t* loop,
                                                      const child_spec& spec,
                                                      child_listener listener) {
  auto fds = handed_on(spec);
  if (!fds)
    return fds.error();
  auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  for (auto* made : {&in, &out, &err})
    if (!*made)
      return made->error();
  fds->emplace_back(in->reader.get(), STDIN_FILENO);
  fds->emplace_back(out->writer.get(), STDOUT_FILENO);
  fds->emplace_back(err->writer.get(), STDERR_FILENO);
  auto born = sys::spawn({spec.argv, spec.env, spec.cwd, std::move(*fds)});
  if (!born)
    return born.error();
  auto child = std::unique_ptr<loop_child>{
    new loop_child{born->pid, std::move(listener)}};
  if (auto watched
      = child->watch(loop, std::move(born->pidfd), std::move(in->writer),
                     std::move(out->reader), std::move(err->reader));
      !watched)
    return watched.error();
  child->deadline_ = loop_timer{loop, spec.deadline, [self = child.get()] {
                                  self->timed_out_ = true;
                                  self->signal_group(SIGKILL);
                                }};
  child->write(spec.input);
  return child;
}

result<void> loop_child::watch(uv_loop_t* loop, sys::fd pidfd, sys::fd in,
                               sys::fd out, sys::fd err) {
  auto open = [loop](fd_watch& into, sys::fd what, fd_watch::callback on,
                     int events) -> result<void> {
    auto made = fd_watch::open(loop, std::move(what), std::move(on));
    if (!made)
      return made.error();
    into = std::move(*made);
    into.want(events);
    return {};
  };
  auto made = open(
    exit_, std::move(pidfd), [this](int) { reap(); }, UV_READABLE);
  if (made)
    made = open(
      in_, std::move(in), [this](int events) { flush_input(events == 0); }, 0);
  if (made)
    made = open(
      out_, std::move(out), [this](int) { read(out_, 1); }, UV_READABLE);
  if (made)
    made = open(
      err_, std::move(err), [this](int) { read(err_, 2); }, UV_READABLE);
  return made;
}

loop_child::~loop_child() {
  if (reaped_)
    return;
  ::kill(-pid_, SIGKILL);
  // A child that the kernel holds on to is left to init.
  auto wait = pollfd{exit_.get(), POLLIN, 0};
  if (wait.fd >= 0)
    ::poll(&wait, 1, reap_patience.count());
  ::waitpid(pid_, nullptr, WNOHANG);
}

void loop_child::write(std::string_view bytes) {
  if (!in_ || bytes.empty())
    return;
  input_.push(bytes);
  in_.want(UV_WRITABLE);
}

void loop_child::hold_output(bool hold) {
  for (auto* from : {&out_, &err_})
    if (*from)
      from->want(hold ? 0 : UV_READABLE);
}

void loop_child::end_input() {
  input_ended_ = true;
  if (in_)
    in_.want(UV_WRITABLE);
}

void loop_child::flush_input(bool broken) {
  auto state = broken ? outbox::state::broken : input_.flush(in_.get());
  if (state == outbox::state::broken
      || (state == outbox::state::empty && input_ended_)) {
    in_ = {};
    input_ = {};
  } else if (state == outbox::state::empty) {
    in_.want(0);
  }
  listener_.on_input_taken();
}

void loop_child::signal_group(int signal) {
  if (!reaped_)
    ::kill(-pid_, signal);
}

void loop_child::read(fd_watch& from, int stream) {
  auto n = read_some(from.get(), buffer.size());
  if (n > 0)
    listener_.on_output(stream, {buffer.data(), static_cast<size_t>(n)});
  else if (n == 0 || errno != EAGAIN)
    from = {};
}

/// Reads what is there and no more: a descendant may go on writing for ever.
void loop_child::drain(fd_watch& from, int stream) {
  auto left = 0;
  if (!from || ::ioctl(from.get(), FIONREAD, &left) < 0)
    return;
  while (left > 0) {
    auto n = read_some(from.get(), static_cast<size_t>(left));
    if (n <= 0)
      return;
    listener_.on_output(stream, {buffer.data(), static_cast<size_t>(n)});
    left -= static_cast<int>(n);
  }
}

void loop_child::reap() {
  auto info = siginfo_t{};
  auto rc = ::waitid(P_PIDFD, static_cast<id_t>(exit_.get()), &info,
                     WEXITED | WNOHANG);
  if (rc == 0 && info.si_pid == 0)
    return; // not yet
  reaped_ = true;
  exit_ = {};
  deadline_ = {};
  drain(out_, 1);
  drain(err_, 2);
  auto status = child_status{-1, 0, timed_out_};
  if (rc == 0 && info.si_code == CLD_EXITED)
    status.code = info.si_status;
  else if (rc == 0)
    status.signal = info.si_status;
  auto on_exit = std::move(listener_.on_exit);
  on_exit(status); // we may be gone after this
}

} // namespace berth
