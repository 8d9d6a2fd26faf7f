#include "actors/runtime/waking_worker.hpp"

#include "sys/fd.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>

namespace berth {

namespace {

using clock = std::chrono::steady_clock;
using path = std::filesystem::path;

constexpr auto reader_patience = std::chrono::seconds{10};
constexpr auto waking_interval = std::chrono::microseconds{200};

/// The pipe, once the container's init has it open: what is written before
/// would be lost with our end.
result<sys::fd> open_for_reader(const path& pipe) {
  auto deadline = clock::now() + reader_patience;
  for (;;) {
    auto opened = sys::fd{
      ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)};
    if (opened)
      return opened;
    if (errno != ENXIO || clock::now() >= deadline)
      return errno_error(errno, "open", pipe.native());
    std::this_thread::sleep_for(waking_interval);
  }
}

result<void> write_all(const sys::fd& to, std::string_view bytes,
                       const path& subject) {
  while (!bytes.empty()) {
    auto n = ::write(to.get(), bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
      continue;
    }
    auto room = pollfd{to.get(), POLLOUT, 0};
    auto patience = std::chrono::milliseconds{reader_patience}.count();
    if (errno != EAGAIN || ::poll(&room, 1, static_cast<int>(patience)) <= 0)
      return errno_error(errno, "write", subject.native());
  }
  return {};
}

/// In place: the file is mounted in the container.
result<void> rewrite(const path& at, std::string_view bytes) {
  auto file = sys::fd{::open(at.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "open", at.native());
  return write_all(file, bytes, at);
}

/// This thread goes to the container's host name and comes back.
result<void> set_name(const container_ref& container, const std::string& name) {
  auto ours = sys::fd{::open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC)};
  auto process = sys::open_pidfd(container.pid);
  if (!ours || !process)
    return make_error(ec::failed_precondition, "the container has ended");
  auto start = sys::start_time(container.pid);
  if (!start || *start != container.start_time)
    return make_error(ec::failed_precondition, "the container has ended");
  if (::setns(process->get(), CLONE_NEWUTS) < 0)
    return errno_error(errno, "setns", "host name of a container");
  auto failed = ::sethostname(name.data(), name.size()) < 0 ? errno : 0;
  if (::setns(ours.get(), CLONE_NEWUTS) < 0)
    return errno_error(errno, "setns", "own host name");
  if (failed)
    return errno_error(failed, "sethostname", name);
  return {};
}

} // namespace

result<void> tell_environment(const layout& where, const tell_init& what) {
  auto name = where.environment(what.id);
  auto pipe = open_for_reader(name);
  if (!pipe)
    return pipe.error();
  auto text = std::string{};
  for (const auto& [variable, value] : what.env)
    text += variable + "=" + value + '\0';
  if (auto told = write_all(*pipe, text, name); !told)
    return told;
  if (::unlink(name.c_str()) < 0)
    return errno_error(errno, "unlink", name.native());
  return {};
}

result<void> give_hostname(const layout& where, const name_host& what) {
  auto dir = where.workspace(what.id);
  if (auto told = rewrite(dir / "hostname", what.hostname + "\n"); !told)
    return told;
  if (auto told = rewrite(dir / "hosts", what.hosts); !told)
    return told;
  return set_name(what.container, what.hostname);
}

} // namespace berth
