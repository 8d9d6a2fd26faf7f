#include "actors/process/child_session.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace berth {

namespace {

constexpr size_t most_pending_input = 32 * 1024 * 1024;
constexpr size_t most_complaint = 4096;

/// How long a terminal may stay open after its child ended: what the child
/// wrote last is still on its way, and somebody in the background may hold it
/// for ever.
constexpr auto drain_patience = std::chrono::milliseconds{500};

/// What may still be there then: more than a terminal holds.
constexpr int most_last_reads = 64;

/// What ends input at a terminal: the first one ends a line that was begun.
constexpr std::string_view end_of_typing = "\x04\x04";

/// A shell throws away what was typed before it had prepared its terminal.
constexpr auto end_again_after = std::chrono::seconds{1};
constexpr int most_ends_typed = 10;

void set_size(int terminal, window_size size) {
  auto raw = winsize{};
  raw.ws_row = size.rows;
  raw.ws_col = size.cols;
  ::ioctl(terminal, TIOCSWINSZ, &raw);
}

} // namespace

child_session::child_session(open_session what, open_listener on_open,
                             std::function<void()> on_closed)
  : what_(std::move(what)), on_open_(std::move(on_open)),
    on_closed_(std::move(on_closed)) {}

std::unique_ptr<child_session>
child_session::make(open_session what, open_listener on_open,
                    std::function<void()> on_closed) {
  return std::unique_ptr<child_session>{new child_session{
    std::move(what), std::move(on_open), std::move(on_closed)}};
}

child_session::~child_session() {
  if (is_open_ && !ended_)
    what_.listener.on_end(
      make_error(ec::unavailable, "the process service ended"));
}

void child_session::start(uv_loop_t* loop) {
  loop_ = loop;
  if (what_.terminal) {
    auto console = console_socket::listen(loop, what_.console_socket,
                                          [this](result<sys::fd> master) {
                                            console_.reset();
                                            adopt_terminal(std::move(master));
                                          });
    if (!console)
      return fail(console.error());
    console_ = std::move(*console);
  }
  auto child = loop_child::start(
    loop, what_.what,
    {[this](int stream, std::string_view bytes) { hear(stream, bytes); },
     [this](child_status status) { on_exit(status); },
     [this] { settle_input(); }});
  if (!child)
    return fail(child.error());
  child_ = std::move(*child);
  what_.what = {}; // our copies of its descriptors would keep them open
  if (auto watched = watch_leash(); !watched)
    return fail(watched.error());
  open_if_ready();
}

result<void> child_session::watch_leash() {
  auto given = std::exchange(what_.leash, nullptr);
  is_ready_ = !given;
  if (is_ready_)
    return {};
  auto own = sys::fd{::fcntl(given->get(), F_DUPFD_CLOEXEC, 0)};
  if (!own)
    return errno_error(errno, "fcntl", "leash");
  auto watch
    = fd_watch::open(loop_, std::move(own), [this](int) { read_leash(); });
  if (!watch)
    return watch.error();
  leash_ = std::move(*watch);
  leash_.want(UV_READABLE);
  return {};
}

void child_session::read_leash() {
  auto byte = char{};
  if (is_ready_ || ::recv(leash_.get(), &byte, 1, MSG_DONTWAIT) < 0)
    return;
  leash_.want(0); // at its end, too: the child's tells more
  is_ready_ = byte != 0;
  open_if_ready();
}

void child_session::hear(int stream, std::string_view bytes) {
  if (!what_.terminal && is_open_)
    tell(stream, bytes);
  else if (complaint_.size() < most_complaint)
    complaint_.append(bytes.substr(0, most_complaint - complaint_.size()));
}

void child_session::tell(int stream, std::string_view bytes) {
  if (what_.listener.on_output(stream, std::string{bytes}) || is_held_)
    return;
  is_held_ = true;
  watch_terminal();
  if (child_)
    child_->hold_output(true);
}

void child_session::resume() {
  is_held_ = false;
  watch_terminal();
  if (child_ && !status_)
    child_->hold_output(false);
}

void child_session::watch_terminal() {
  if (terminal_)
    terminal_.want((is_held_ ? 0 : UV_READABLE)
                   | (typed_.size() > 0 ? UV_WRITABLE : 0));
}

void child_session::adopt_terminal(result<sys::fd> master) {
  auto watch = master
                 ? fd_watch::open(loop_, std::move(*master),
                                  [this](int events) { on_terminal(events); })
                 : result<fd_watch>{master.error()};
  if (!watch) {
    failure_ = watch.error();
    return signal(SIGKILL);
  }
  terminal_ = std::move(*watch);
  set_size(terminal_.get(), *what_.terminal);
  watch_terminal();
  open_if_ready();
}

void child_session::on_terminal(int events) {
  if (events & UV_WRITABLE)
    flush_terminal();
  if (!terminal_ || (events != 0 && !(events & UV_READABLE)))
    return;
  read_terminal();
  if (!terminal_ && status_)
    finish(); // we are gone after this
}

bool child_session::read_terminal() {
  auto bytes = std::array<char, 16 * 1024>{};
  auto n = ::read(terminal_.get(), bytes.data(), bytes.size());
  if (n > 0)
    tell(1, {bytes.data(), static_cast<size_t>(n)});
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    close_terminal(); // pty(7): EIO when nobody has the other side open
  return n > 0;
}

/// What was typed and not read is for nobody.
void child_session::close_terminal() {
  terminal_ = {};
  typed_ = {};
  end_again_ = {};
  settle_input();
}

void child_session::drain_terminal() {
  for (auto i = 0; i < most_last_reads && terminal_ && read_terminal(); ++i) {
  }
  finish();
}

void child_session::flush_terminal() {
  if (typed_.flush(terminal_.get()) == outbox::state::broken)
    typed_ = {};
  watch_terminal();
  settle_input();
}

void child_session::input(std::string_view bytes, bool end) {
  owed_ += bytes.size();
  if (!child_ || status_)
    return settle_input();
  if (typed_.size() + child_->pending_input() + bytes.size()
      > most_pending_input) {
    failure_ = make_error(ec::exhausted, "over 32 MiB of input are not read");
    return signal(SIGKILL);
  }
  if (!what_.terminal) {
    child_->write(bytes);
    if (end)
      child_->end_input();
  } else if (terminal_ || !is_open_) { // else nobody has it open any more
    typed_.push(bytes);
    if (end)
      type_end();
    else
      watch_terminal();
  }
  settle_input();
}

void child_session::type_end() {
  typed_.push(end_of_typing);
  watch_terminal();
  if (++ends_typed_ < most_ends_typed)
    end_again_ = loop_timer{loop_, end_again_after, [this] { type_end(); }};
}

/// What was queued and is no more is written, or was for nobody.
void child_session::settle_input() {
  auto queued = typed_.size() + (child_ ? child_->pending_input() : 0);
  if (queued >= owed_)
    return;
  auto taken = owed_ - queued;
  owed_ = queued;
  what_.listener.on_input_taken(taken);
}

void child_session::resize(window_size size) {
  if (!what_.terminal)
    return;
  what_.terminal = size;
  if (terminal_)
    set_size(terminal_.get(), size);
}

void child_session::signal(int number) {
  if (child_)
    child_->signal_group(number);
}

void child_session::open_if_ready() {
  if (is_open_ || !is_ready_ || (what_.terminal && !terminal_))
    return;
  is_open_ = true;
  child_->lift_deadline();
  if (leash_)
    (void)!::send(leash_.get(), "", 1, MSG_NOSIGNAL);
  std::exchange(on_open_, nullptr)(done{});
}

void child_session::on_exit(child_status status) {
  status_ = status;
  end_again_ = {};
  // The terminal may have been sent just before the end.
  if (console_) {
    auto master = console_->take();
    console_.reset();
    if (master)
      adopt_terminal(std::move(master));
  }
  if (!is_open_)
    return fail(why_not_opened());
  if (!terminal_)
    return finish();
  drain_ = loop_timer{loop_, drain_patience, [this] { drain_terminal(); }};
}

caf::error child_session::why_not_opened() const {
  if (failure_)
    return failure_;
  if (status_->timed_out)
    return make_error(ec::timeout, "it did not begin in time");
  return make_error(ec::internal, "it did not begin: " + complaint_);
}

result<int> child_session::outcome() const {
  if (failure_)
    return failure_;
  return status_->signal != 0 ? 128 + status_->signal : status_->code;
}

void child_session::fail(caf::error why) {
  std::exchange(on_open_, nullptr)(std::move(why));
  auto on_closed = std::move(on_closed_);
  on_closed(); // we are gone after this
}

void child_session::finish() {
  ended_ = true;
  what_.listener.on_end(outcome());
  auto on_closed = std::move(on_closed_);
  on_closed(); // we are gone after this
}

} // namespace berth
