#include "actors/runtime/init_worker.hpp"

#include "core/oci/container_spec.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <thread>

namespace berth {

namespace {

using clock = std::chrono::steady_clock;

constexpr size_t longest_ref = 256;
constexpr size_t longest_stat = 4096;
constexpr size_t longest_environment = 4 * 1024 * 1024;
constexpr auto poll_interval = std::chrono::microseconds{500};

/// PF_FORKNOEXEC of the kernel's process flags: forked, and not executed yet.
constexpr uint64_t not_executed = 0x40;

/// Field 9 of a stat line; 0 if there is no such process.
uint64_t flags_of(int32_t pid) {
  auto line
    = sys::read_file("/proc/" + std::to_string(pid) + "/stat", longest_stat);
  if (!line)
    return 0;
  // The name, field 2, may hold blanks and parentheses.
  auto fields = std::istringstream{line->substr(line->rfind(')') + 1)};
  auto state = std::string{};
  int64_t skipped = 0;
  uint64_t flags = 0;
  fields >> state;
  for (auto field = 4; field < 9; ++field)
    fields >> skipped;
  fields >> flags;
  return flags;
}

/// A mask of signals as status names it (`SigBlk`, `SigCgt`).
uint64_t mask_in(const std::string& status, const std::string& name) {
  auto at = status.find(name + ":\t");
  if (at == std::string::npos)
    return 0;
  return std::strtoull(status.c_str() + at + name.size() + 2, nullptr, 16);
}

bool listens(int32_t pid, int signal) {
  auto status
    = sys::read_file("/proc/" + std::to_string(pid) + "/status", longest_stat);
  if (!status)
    return true; // it is gone, and nobody needs to wait
  auto heard = mask_in(*status, "SigBlk") | mask_in(*status, "SigCgt");
  return (heard >> (signal - 1) & 1) != 0;
}

} // namespace

result<std::optional<container_ref>> noted_container(const layout& where,
                                                     const std::string& id) {
  auto note = sys::read_file(where.container_ref(id), longest_ref);
  if (!note && is_errno(note.error(), ENOENT))
    return std::optional<container_ref>{};
  if (!note)
    return note.error();
  auto words = std::istringstream{*note};
  auto found = container_ref{};
  // Cut off by a crash: it was never started.
  if (!(words >> found.pid >> found.start_time) || found.pid <= 0)
    return std::optional<container_ref>{};
  return std::optional{found};
}

std::string container_note(const container_ref& container) {
  return std::to_string(container.pid) + " "
         + std::to_string(container.start_time) + "\n";
}

result<void> await_begun(const container_ref& container,
                         std::chrono::milliseconds patience) {
  auto deadline = clock::now() + patience;
  for (;;) {
    auto flags = flags_of(container.pid);
    auto start = sys::start_time(container.pid);
    if (!start || *start != container.start_time)
      return make_error(ec::failed_precondition, "the container has ended");
    if ((flags & not_executed) == 0)
      return {};
    if (clock::now() >= deadline)
      return make_error(ec::timeout, "the container does not begin");
    std::this_thread::sleep_for(poll_interval);
  }
}

result<std::vector<std::string>>
await_environment(const container_ref& container,
                  std::chrono::milliseconds patience) {
  auto deadline = clock::now() + patience;
  auto path = "/proc/" + std::to_string(container.pid) + "/environ";
  for (;;) {
    auto text = sys::read_file(path, longest_environment);
    if (!text)
      return text.error();
    // Read first, asked after: it was this process's.
    auto start = sys::start_time(container.pid);
    if (!start || *start != container.start_time)
      return make_error(ec::failed_precondition, "the container has ended");
    auto entries = std::vector<std::string>{};
    auto lines = std::istringstream{*text};
    for (auto entry = std::string{}; std::getline(lines, entry, '\0');)
      entries.push_back(entry);
    auto is_complete = std::none_of(
      entries.begin(), entries.end(), [](std::string_view entry) {
        return entry.substr(0, entry.find('=')) == environment_variable;
      });
    if (is_complete && !entries.empty())
      return entries;
    if (clock::now() >= deadline)
      return make_error(ec::timeout, "the container's environment is not told");
    std::this_thread::sleep_for(poll_interval);
  }
}

void await_listening(const container_ref& container, int signal,
                     std::chrono::milliseconds patience) {
  auto deadline = clock::now() + patience;
  while (!listens(container.pid, signal) && clock::now() < deadline)
    std::this_thread::sleep_for(poll_interval);
}

} // namespace berth
