#include "sys/cgroup.hpp"

#include "sys/file.hpp"
#include "sys/mount_table.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr auto control_file_bytes = size_t{1} << 20;
constexpr auto poll_interval = std::chrono::milliseconds{2};

result<void> check_name(const std::string& name) {
  auto path = fs::path{name};
  auto bad = [](const fs::path& part) {
    return part.empty() || part == "." || part == "..";
  };
  if (name.empty() || path.is_absolute()
      || std::any_of(path.begin(), path.end(), bad))
    return make_error(ec::invalid_argument,
                      "cgroup name " + name + ": invalid");
  return {};
}

/// Writes a control file that is there.
result<void> write_control(const fs::path& path, std::string_view text) {
  auto file = fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "open", path.native());
  if (::write(file.get(), text.data(), text.size()) < 0)
    return errno_error(errno, "write", path.native());
  return {};
}

std::vector<std::string> words_of(const std::string& text) {
  auto words = std::vector<std::string>{};
  for (auto at = text.find_first_not_of(" \n"); at != std::string::npos;) {
    auto end = text.find_first_of(" \n", at);
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \n", end);
  }
  return words;
}

/// v2: lets `dir`'s children be limited by whatever it may use itself.
result<void> pass_controllers(const fs::path& dir) {
  auto available = read_file(dir / "cgroup.controllers", control_file_bytes);
  if (!available)
    return available.error();
  auto wanted = std::string{};
  for (auto& each : words_of(*available))
    wanted += "+" + each + " ";
  return wanted.empty() ? result<void>{}
                        : write_control(dir / "cgroup.subtree_control", wanted);
}

/// v1: a cpuset without cpus or memory nodes takes no process.
result<void> inherit_cpuset(const fs::path& dir) {
  for (auto name : {"cpuset.cpus", "cpuset.mems"}) {
    auto own = read_file(dir / name, control_file_bytes);
    if (!own || !words_of(*own).empty())
      continue; // another hierarchy, or set already
    auto above = read_file(dir.parent_path() / name, control_file_bytes);
    if (!above)
      return above.error();
    if (auto set = write_control(dir / name, *above); !set)
      return set;
  }
  return {};
}

result<void> make_in(const fs::path& root, const std::string& name,
                     bool unified) {
  if (unified)
    if (auto passed = pass_controllers(root); !passed)
      return passed;
  auto dir = root;
  for (auto& part : fs::path{name}) {
    dir /= part;
    if (::mkdir(dir.c_str(), 0755) < 0 && errno != EEXIST)
      return errno_error(errno, "mkdir", dir.native());
    auto ready = unified ? pass_controllers(dir) : inherit_cpuset(dir);
    if (!ready)
      return ready;
  }
  return {};
}

/// `dir` and the cgroups below it, children before parents.
std::vector<fs::path> subtree(const fs::path& dir) {
  auto all = std::vector<fs::path>{};
  auto err = std::error_code{};
  if (!fs::is_directory(dir, err))
    return all;
  all.push_back(dir);
  for (auto i = size_t{0}; i < all.size(); ++i)
    for (auto it = fs::directory_iterator{all[i], err};
         !err && it != fs::directory_iterator{}; it.increment(err))
      if (it->is_directory(err))
        all.push_back(it->path());
  std::reverse(all.begin(), all.end());
  return all;
}

std::vector<pid_t> processes_in(const fs::path& dir) {
  auto pids = std::vector<pid_t>{};
  auto list = read_file(dir / "cgroup.procs", control_file_bytes);
  if (!list)
    return pids; // gone meanwhile
  for (auto& word : words_of(*list)) {
    auto pid = pid_t{0};
    std::from_chars(word.data(), word.data() + word.size(), pid);
    if (pid > 0) // 0 is one that we cannot see
      pids.push_back(pid);
  }
  return pids;
}

/// Kills `pid` if it still is in cgroup `name` or below: numbers are used
/// again.
void kill_member(pid_t pid, const std::string& name) {
  auto process = open_pidfd(pid);
  if (!process)
    return;
  auto where
    = read_file("/proc/" + std::to_string(pid) + "/cgroup", control_file_bytes);
  if (where
      && (where->find("/" + name + "\n") != std::string::npos
          || where->find("/" + name + "/") != std::string::npos))
    ::syscall(SYS_pidfd_send_signal, process->get(), SIGKILL, nullptr, 0);
}

/// Kills what is in cgroup `name` now. v1: freezes first what may fork faster
/// than we kill; what is frozen dies when thawed, whoever froze it.
void kill_all(const cgroup_layout& layout, const std::string& name) {
  if (layout.unified) {
    (void)write_control(layout.roots.front() / name / "cgroup.kill", "1");
    return;
  }
  auto set_freezers = [&](const char* state) {
    for (auto& root : layout.roots)
      for (auto& each : subtree(root / name))
        (void)write_control(each / "freezer.state", state);
  };
  set_freezers("FROZEN");
  for (auto& root : layout.roots)
    for (auto& each : subtree(root / name))
      for (auto pid : processes_in(each))
        kill_member(pid, name);
  set_freezers("THAWED");
}

/// Removes `name` from every hierarchy; EBUSY if it is not empty in one.
result<void> remove_once(const cgroup_layout& layout, const std::string& name) {
  for (auto& root : layout.roots)
    for (auto& each : subtree(root / name))
      if (::rmdir(each.c_str()) < 0 && errno != ENOENT)
        return errno_error(errno, "rmdir", each.native());
  return {};
}

bool is_v1(const mount_entry& mount) {
  return mount.type == "cgroup";
}

} // namespace

result<cgroup_layout> find_cgroups() {
  auto mounts = mount_table();
  if (!mounts)
    return mounts.error();
  auto layout = cgroup_layout{};
  for (auto& mount : *mounts)
    if (is_v1(mount) && mount.root == "/")
      layout.roots.push_back(mount.point);
  if (!layout.roots.empty())
    return layout;
  for (auto& mount : *mounts) {
    if (mount.type != "cgroup2")
      continue;
    layout.roots = {mount.point};
    layout.unified = true;
    return layout;
  }
  return make_error(ec::failed_precondition, "no cgroup hierarchy is mounted");
}

result<void> move_nowhere(const cgroup_layout& layout) {
  auto own = read_file("/proc/self/cgroup", control_file_bytes);
  if (!own)
    return own.error();
  // Lines like "4:memory:/a/b"; the v2 hierarchy has no name. One lock serves
  // all hierarchies.
  for (const auto& root : layout.roots) {
    auto controllers
      = layout.unified ? std::string{} : root.filename().native();
    auto mark = ":" + controllers + ":/";
    auto at = own->find(mark);
    if (at == std::string::npos)
      continue; // mounted under another name
    at += mark.size();
    auto path = own->substr(at, own->find('\n', at) - at);
    return write_control(root / path / "cgroup.procs", "0");
  }
  return make_error(ec::not_found, "/proc/self/cgroup: no hierarchy of ours");
}

result<void> make_cgroup(const cgroup_layout& layout, const std::string& name) {
  if (auto checked = check_name(name); !checked)
    return checked;
  for (auto& root : layout.roots)
    if (auto made = make_in(root, name, layout.unified); !made)
      return made;
  return {};
}

result<void> make_leaf(const cgroup_layout& layout, const std::string& name) {
  if (auto checked = check_name(name); !checked)
    return checked;
  if (auto above = fs::path{name}.parent_path(); !above.empty())
    if (auto made = make_cgroup(layout, above.native()); !made)
      return made;
  for (const auto& root : layout.roots) {
    auto dir = root / name;
    if (::mkdir(dir.c_str(), 0755) < 0 && errno != EEXIST)
      return errno_error(errno, "mkdir", dir.native());
    if (!layout.unified)
      if (auto ready = inherit_cpuset(dir); !ready)
        return ready;
  }
  return {};
}

result<void> put_process(const cgroup_layout& layout, const std::string& name,
                         pid_t pid) {
  if (auto made = make_leaf(layout, name); !made)
    return made;
  for (const auto& root : layout.roots)
    if (auto put
        = write_control(root / name / "cgroup.procs", std::to_string(pid));
        !put)
      return put;
  return {};
}

result<void> remove_cgroup(const cgroup_layout& layout, const std::string& name,
                           std::chrono::milliseconds patience) {
  if (auto checked = check_name(name); !checked)
    return checked;
  auto deadline = clock::now() + patience;
  for (;;) {
    auto removed = remove_once(layout, name);
    if (removed || !is_errno(removed.error(), EBUSY)
        || clock::now() >= deadline)
      return removed;
    kill_all(layout, name);
    std::this_thread::sleep_for(poll_interval);
  }
}

} // namespace berth::sys
