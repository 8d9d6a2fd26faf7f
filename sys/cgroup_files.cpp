#include "sys/cgroup_files.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr auto longest_control = size_t{1} << 20;
constexpr const char* disk_prefixes[]
  = {"dm", "md", "mmcblk", "nvme", "sd", "vd", "xvd"};

/// The directory of `name` in the hierarchy that has `file`.
result<fs::path> directory_with(const cgroup_layout& layout,
                                const std::string& name,
                                const std::string& file) {
  for (const auto& root : layout.roots) {
    auto err = std::error_code{};
    if (fs::exists(root / name / file, err))
      return root / name;
  }
  return make_error(ec::not_found, "cgroup " + name + ": no " + file);
}

/// Appends the numbers of a cgroup.procs.
void append_pids(const fs::path& file, std::vector<pid_t>& to) {
  auto text = read_file(file, longest_control);
  if (!text)
    return; // gone meanwhile
  auto* at = text->data();
  auto* end = at + text->size();
  while (at != end) {
    auto pid = pid_t{0};
    auto read = std::from_chars(at, end, pid);
    if (read.ec == std::errc{} && pid > 0) // 0 is one that we cannot see
      to.push_back(pid);
    at = std::find(at, end, '\n');
    at += at == end ? 0 : 1;
  }
}

} // namespace

result<std::string> read_control_file(const cgroup_layout& layout,
                                      const std::string& name,
                                      const std::string& file) {
  auto dir = directory_with(layout, name, file);
  if (!dir)
    return dir.error();
  return read_file(*dir / file, longest_control);
}

result<void> write_control_file(const cgroup_layout& layout,
                                const std::string& name,
                                const std::string& file,
                                std::string_view text) {
  auto dir = directory_with(layout, name, file);
  if (!dir)
    return dir.error();
  auto path = *dir / file;
  auto control = fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!control)
    return errno_error(errno, "open", path.native());
  if (::write(control.get(), text.data(), text.size()) < 0)
    return errno_error(errno, "write", path.native());
  return {};
}

std::vector<pid_t> processes_below(const cgroup_layout& layout,
                                   const std::string& name) {
  auto pids = std::vector<pid_t>{};
  auto dir = directory_with(layout, name, "cgroup.procs");
  if (!dir)
    return pids;
  append_pids(*dir / "cgroup.procs", pids);
  auto err = std::error_code{};
  for (auto it = fs::recursive_directory_iterator{*dir, err};
       !err && it != fs::recursive_directory_iterator{}; it.increment(err))
    if (it->is_directory(err))
      append_pids(it->path() / "cgroup.procs", pids);
  return pids;
}

std::vector<std::string> find_disks() {
  auto found = std::vector<std::string>{};
  auto err = std::error_code{};
  for (auto it = fs::directory_iterator{"/sys/block", err};
       !err && it != fs::directory_iterator{}; it.increment(err)) {
    auto name = it->path().filename().native();
    auto is_disk = std::any_of(
      std::begin(disk_prefixes), std::end(disk_prefixes),
      [&](const char* prefix) { return name.starts_with(prefix); });
    auto numbers = is_disk ? read_file(it->path() / "dev", 64)
                           : result<std::string>{std::string{}};
    if (numbers && numbers->ends_with('\n'))
      found.push_back(numbers->substr(0, numbers->size() - 1));
  }
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace berth::sys
