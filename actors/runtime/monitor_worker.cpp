#include "actors/runtime/monitor_worker.hpp"

#include "sys/cgroup.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

namespace berth {

namespace {

constexpr size_t longest_pid = 32;
constexpr size_t longest_command = 64 * 1024;
constexpr auto kill_patience = std::chrono::milliseconds{1000};

/// 0 if none was noted.
pid_t noted_monitor(const layout& where, const std::string& id) {
  auto text = sys::read_file(where.monitor_pid(id), longest_pid);
  auto pid = pid_t{0};
  if (text)
    std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

/// The monitor, if it lives: the pid file may be older than the process that
/// has the number now.
sys::fd monitor_of(const layout& where, const std::string& id) {
  auto pid = noted_monitor(where, id);
  if (pid <= 0)
    return {};
  auto process = sys::open_pidfd(pid);
  if (!process)
    return {};
  auto command = sys::read_file("/proc/" + std::to_string(pid) + "/cmdline",
                                longest_command);
  auto mark = std::string{'\0'} + where.monitor_pid(id).native() + '\0';
  if (!command || command->find(mark) == std::string::npos)
    return {};
  return std::move(*process);
}

bool ended(const sys::fd& process, std::chrono::milliseconds patience) {
  auto wait = pollfd{process.get(), POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(patience.count())) != 0;
}

} // namespace

void await_monitor(const layout& where, const std::string& id,
                   std::chrono::milliseconds patience) {
  if (auto monitor = monitor_of(where, id))
    ended(monitor, patience);
}

void finish_monitor(const layout& where, const std::string& id,
                    std::chrono::milliseconds patience) {
  auto monitor = monitor_of(where, id);
  if (!monitor || ended(monitor, patience))
    return;
  ::syscall(SYS_pidfd_send_signal, monitor.get(), SIGKILL, nullptr, 0);
  ended(monitor, kill_patience);
}

result<void> settle_monitor_of(const layout& where, const std::string& id) {
  auto cgroups = sys::find_cgroups();
  if (!cgroups)
    return cgroups.error();
  if (!monitor_of(where, id))
    return make_error(ec::not_found, "no monitor of " + id);
  return sys::put_process(*cgroups, where.monitors_cgroup(),
                          noted_monitor(where, id));
}

} // namespace berth
