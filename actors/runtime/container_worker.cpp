#include "actors/runtime/container_worker.hpp"

#include "actors/one_job.hpp"
#include "actors/runtime/init_worker.hpp"
#include "actors/runtime/monitor_worker.hpp"
#include "core/utf8.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <set>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t longest_exit_note = 256;
constexpr size_t longest_message = 4096;
constexpr auto monitor_patience = std::chrono::seconds{10};
/// An init that was just started needs some milliseconds to hear a signal.
constexpr auto listening_patience = std::chrono::milliseconds{1000};

result<recalled_container> recall(const layout& where, const std::string& id) {
  auto noted = noted_container(where, id);
  if (!noted)
    return noted.error();
  return recalled_container{*noted};
}

result<void> send_signal(const signal_container& what) {
  auto process = sys::open_pidfd(what.container.pid);
  if (!process)
    return is_errno(process.error(), ESRCH) ? result<void>{} : process.error();
  // The descriptor is taken first: from here on the number cannot be another
  // process's.
  auto start = sys::start_time(what.container.pid);
  if (!start || *start != what.container.start_time)
    return {};
  if (what.signal == SIGTERM)
    await_listening(what.container, SIGTERM, listening_patience);
  if (::syscall(SYS_pidfd_send_signal, process->get(), what.signal, nullptr, 0)
        < 0
      && errno != ESRCH)
    return errno_error(errno, "pidfd_send_signal",
                       std::to_string(what.container.pid));
  return {};
}

std::optional<int> exit_code(const layout& where, const std::string& id) {
  auto text = sys::read_file(where.exit_file(id), longest_exit_note);
  auto code = 0;
  if (!text)
    return std::nullopt;
  auto [end, err]
    = std::from_chars(text->data(), text->data() + text->size(), code);
  if (err != std::errc{} || end == text->data())
    return std::nullopt;
  return code;
}

/// The workspace wrote it: it may be long, or anything but text.
std::string termination_message(const layout& where, const std::string& id) {
  auto dir = sys::open_directory(where.rootfs(id));
  if (!dir)
    return {};
  auto name = where.termination_log(id).filename().native();
  auto file = sys::open_beneath(dir->get(), name, O_RDONLY);
  auto bytes = std::array<char, longest_message>{};
  auto n = file ? ::read(file->get(), bytes.data(), bytes.size()) : 0;
  return valid_utf8(
    {bytes.data(), static_cast<size_t>(std::max<ssize_t>(n, 0))});
}

result<container_end> end_of(const layout& where, const std::string& id) {
  await_monitor(where, id, monitor_patience);
  return container_end{exit_code(where, id), termination_message(where, id)};
}

result<void> remove_traces(const layout& where, const std::string& id) {
  finish_monitor(where, id, monitor_patience);
  auto exit_file = where.exit_file(id);
  if (::unlink(exit_file.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", exit_file.native());
  return {};
}

result<leftovers> find_leftovers(const layout& where) {
  auto ids = std::set<std::string>{}, logs = ids;
  auto prefix = layout::container("");
  auto collect = [](const fs::path& dir, std::string_view start, auto& ids) {
    auto err = std::error_code{};
    for (auto it = fs::directory_iterator{dir, err};
         !err && it != fs::directory_iterator{}; it.increment(err)) {
      auto name = it->path().filename().native();
      if (name.starts_with(start))
        ids.insert(name.substr(start.size()));
    }
  };
  collect(where.workspaces(), "", ids);
  collect(where.all_rootfs(), "", ids);
  collect(where.crun_root(), prefix, ids);
  collect(where.exits(), prefix, ids);
  collect(where.logs(), "", logs);
  return leftovers{{ids.begin(), ids.end()}, {logs.begin(), logs.end()}};
}

} // namespace

container_actor::behavior_type container_worker(container_actor::pointer self,
                                                layout where) {
  return {
    [self, where](const recall_container& what) {
      return one_job(self, [&] { return recall(where, what.id); });
    },
    [self](const signal_container& what) {
      return one_job(self, [&] { return send_signal(what); });
    },
    [self, where](const read_end& what) {
      return one_job(self, [&] { return end_of(where, what.id); });
    },
    [self, where](const end_monitor& what) {
      return one_job(self, [&] { return remove_traces(where, what.id); });
    },
    [self, where](const settle_monitor& what) {
      return one_job(self, [&] { return settle_monitor_of(where, what.id); });
    },
    [self, where](list_leftovers) {
      return one_job(self, [&] { return find_leftovers(where); });
    },
  };
}

} // namespace berth
