#include "bench/ring.hpp"

#include "bench/command.hpp"
#include "sys/process.hpp"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::bench {

namespace {

/// From here on root of the user namespace that we are in.
bool become_root() {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0
         && ::setresuid(0, 0, 0) == 0;
}

bool go_into(const sys::pinned_process& container) {
  return ::setns(container.user_ns.get(), CLONE_NEWUSER) == 0
         && ::setns(container.net_ns.get(), CLONE_NEWNET) == 0
         && ::setns(container.mount_ns.get(), CLONE_NEWNS) == 0 && become_root()
         && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
}

bool make_place() {
  return become_root()
         && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
         && ::mount("ring", ring_scratch, "tmpfs", 0, nullptr) == 0
         && ::mkdir(ring_place, 0755) == 0;
}

/// Its program has threads: nothing but system calls.
[[noreturn]] void live(const sys::pinned_process& container, int orders,
                       int answers) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto is_fine = go_into(container);
  for (auto order = char{};;) {
    char said[] = {is_fine ? '+' : '-', static_cast<char>(errno)};
    if (::write(answers, said, sizeof(said)) != sizeof(said)
        || ::read(orders, &order, 1) != 1)
      ::_exit(0);
    is_fine = make_place();
  }
}

} // namespace

result<ring> ring::start(const sys::pinned_process& container) {
  auto orders = make_pipe();
  auto answers = make_pipe();
  if (!orders || !answers)
    return make_error(ec::internal, "no pipe for a ring");
  ring made;
  made.orders_ = std::move(orders->second);
  made.answers_ = std::move(answers->first);
  made.pid_ = ::fork();
  if (made.pid_ == 0) {
    // Its end of our own pipe would keep it from hearing of ours.
    ::close(made.orders_.get());
    live(container, orders->first.get(), answers->second.get());
  }
  answers->second = sys::fd{};
  if (auto up = made.await("start"); !up)
    return up.error();
  return made;
}

ring::ring(ring&& other) noexcept
  : pid_(std::exchange(other.pid_, -1)), orders_(std::move(other.orders_)),
    answers_(std::move(other.answers_)) {}

ring::~ring() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  (void)sys::wait_child(pid_);
}

result<void> ring::await(const char* what) {
  char said[2] = {};
  if (::read(answers_.get(), said, sizeof(said)) != sizeof(said))
    return make_error(ec::internal,
                      std::string{"ring: "} + what + ": it ended");
  if (said[0] != '+')
    return errno_error(said[1], what, "ring");
  return {};
}

result<void> ring::furnish() {
  if (::write(orders_.get(), "m", 1) != 1)
    return errno_error(errno, "write", "ring");
  return await("furnish");
}

} // namespace berth::bench
