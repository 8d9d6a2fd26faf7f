#include "app/berth/exec_session.hpp"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>

namespace berth::cli {

namespace {

constexpr size_t chunk_bytes = 32 << 10;
/// As much input as may be on its way to a command that does not read: with
/// more, the service would not read our signals, either.
constexpr size_t most_untaken = 512 << 10;
constexpr auto signal_patience = std::chrono::seconds{2};
/// So many signals to a command that does not end mean that we shall.
constexpr int most_signals = 3;
/// And so does one that asks us to end, this much later.
constexpr auto end_patience = std::chrono::seconds{5};

bool asks_to_end(int signal) {
  return signal == SIGTERM || signal == SIGHUP;
}

} // namespace

exec_session::exec_session(const connection& to, const session_signals& signals)
  : signals_(signals), to_(to), over_(::eventfd(0, EFD_CLOEXEC)) {}

exec_session::~exec_session() {
  if (over_ >= 0)
    ::close(over_);
}

grpc::Status exec_session::run(const v1::ExecStart& start,
                               std::optional<int>& code) {
  stream_ = to_.node().Exec(&context_);
  v1::ExecRequest first;
  *first.mutable_start() = start;
  first.mutable_start()->set_tell_input_taken(true);
  send(first);
  std::thread input{&exec_session::forward_input, this};
  std::thread signals{&exec_session::forward_signals, this};
  receive(code);
  ::eventfd_write(over_, 1);
  take_input(SIZE_MAX); // whoever waits for room is let go
  input.join();
  signals.join();
  auto status = stream_->Finish();
  if (!code && gave_up_)
    code = 128 + gave_up_;
  return status;
}

exec_session::event
exec_session::await(int fd, std::chrono::steady_clock::time_point until) const {
  using std::chrono::milliseconds;
  std::array<pollfd, 2> waiting = {{{over_, POLLIN, 0}, {fd, POLLIN, 0}}};
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(
      until - std::chrono::steady_clock::now());
    auto patience
      = until == forever ? -1 : std::max(milliseconds{0}, left).count();
    auto ready
      = ::poll(waiting.data(), waiting.size(), static_cast<int>(patience));
    if (ready == 0)
      return event::late;
    if (ready > 0)
      return waiting[0].revents == 0 ? event::ready : event::over;
    if (errno != EINTR)
      return event::over;
  }
}

bool exec_session::send(const v1::ExecRequest& message,
                        std::optional<std::chrono::seconds> patience) {
  std::unique_lock lock{mutex_};
  auto is_free = [this] { return !is_sending_; };
  if (!patience)
    sent_.wait(lock, is_free);
  else if (!sent_.wait_for(lock, *patience, is_free))
    return false;
  is_sending_ = true;
  lock.unlock();
  bool is_taken = stream_->Write(message);
  lock.lock();
  is_sending_ = false;
  sent_.notify_one();
  return is_taken;
}

void exec_session::take_input(size_t bytes) {
  std::lock_guard lock{mutex_};
  untaken_ -= std::min(bytes, untaken_);
  taken_.notify_one();
}

void exec_session::await_room() {
  std::unique_lock lock{mutex_};
  taken_.wait(lock, [this] { return untaken_ < most_untaken; });
}

void exec_session::forward_input() {
  std::array<char, chunk_bytes> chunk{};
  v1::ExecRequest message;
  for (await_room(); await(STDIN_FILENO, forever) == event::ready;
       await_room()) {
    auto count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (count <= 0)
      message.set_input_end(true);
    else
      message.set_input(chunk.data(), static_cast<size_t>(count));
    {
      std::lock_guard lock{mutex_};
      untaken_ += message.input().size();
    }
    if (!send(message) || count <= 0)
      return;
  }
}

void exec_session::give_up(int signal) {
  gave_up_ = signal;
  context_.TryCancel();
}

void exec_session::forward_signals() {
  int count = 0, last = 0;
  auto until = forever;
  for (;;) {
    auto what = await(signals_.fd(), until);
    if (what == event::over)
      return;
    if (what == event::late)
      return give_up(last);
    int number = signals_.next();
    if (number == 0)
      continue;
    v1::ExecRequest message;
    if (number == SIGWINCH)
      *message.mutable_resize() = terminal_size();
    else
      message.set_signal(number);
    bool is_taken = send(message, signal_patience);
    if (number == SIGWINCH)
      continue;
    if (!is_taken || ++count >= most_signals)
      return give_up(number);
    if (asks_to_end(number) && until == forever) {
      last = number;
      until = std::chrono::steady_clock::now() + end_patience;
    }
  }
}

void exec_session::receive(std::optional<int>& code) {
  v1::ExecResponse piece;
  bool is_heard = true;
  while (stream_->Read(&piece)) {
    if (piece.has_exit_code())
      code = piece.exit_code();
    else if (piece.has_input_taken())
      take_input(piece.input_taken());
    else if (is_heard)
      is_heard = piece.has_stderr() ? write_all(STDERR_FILENO, piece.stderr())
                                    : write_all(STDOUT_FILENO, piece.stdout());
    if (!is_heard && !gave_up_.exchange(SIGPIPE))
      context_.TryCancel(); // `berth exec ... | head`
  }
}

} // namespace berth::cli
