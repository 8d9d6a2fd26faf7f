#include "sys/network_control.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace berth::sys {

namespace {

/// Of this machine's own /proc, and nothing that was put over a part of it.
result<fd> open_control(const std::string& name) {
  auto proc = fd{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  struct statfs type {};
  if (!proc || ::fstatfs(proc.get(), &type) < 0)
    return errno_error(errno, "open", "/proc");
  if (type.f_type != PROC_SUPER_MAGIC)
    return make_error(ec::internal, "/proc is no procfs");
  auto path = "sys/net/" + name;
  auto how = open_how{};
  how.flags = O_WRONLY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  auto file = fd{static_cast<int>(
    ::syscall(SYS_openat2, proc.get(), path.c_str(), &how, sizeof(how)))};
  if (!file)
    return errno_error(errno, "openat2", "/proc/" + path);
  return file;
}

result<void> write_control_here(const std::string& name,
                                const std::string& value) {
  auto file = open_control(name);
  if (!file)
    return file.error();
  if (::write(file->get(), value.data(), value.size()) < 0)
    return errno_error(errno, "write", name);
  return {};
}

} // namespace

result<void> set_network_control(const fd& netns, const std::string& name,
                                 const std::string& value) {
  auto done = result<void>{};
  // /proc/sys/net is that of the calling thread's namespace; this one ends.
  std::thread{[&] {
    if (::setns(netns.get(), CLONE_NEWNET) < 0)
      done = errno_error(errno, "setns", "network namespace");
    else
      done = write_control_here(name, value);
  }}.join();
  return done;
}

} // namespace berth::sys
