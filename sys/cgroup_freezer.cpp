#include "sys/cgroup.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <thread>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr size_t longest_state = 4096;
constexpr auto freezing_interval = std::chrono::milliseconds{1};
constexpr int rounds_until_thaw = 50;

/// The file that freezes cgroup `name`; in v1 only one hierarchy has it.
result<fs::path> freezer_of(const cgroup_layout& layout,
                            const std::string& name) {
  for (const auto& root : layout.roots) {
    auto file
      = root / name / (layout.unified ? "cgroup.freeze" : "freezer.state");
    auto err = std::error_code{};
    if (fs::exists(file, err))
      return file;
  }
  return make_error(ec::not_found, "cgroup " + name + ": no freezer");
}

result<void> set_freezer(const fs::path& file, std::string_view state) {
  auto control = fd{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!control)
    return errno_error(errno, "open", file.native());
  if (::write(control.get(), state.data(), state.size()) < 0)
    return errno_error(errno, "write", file.native());
  return {};
}

/// Whether everything in it stands still.
result<bool> stands_still(const cgroup_layout& layout, const fs::path& file) {
  auto shown = layout.unified ? file.parent_path() / "cgroup.events" : file;
  auto text = read_file(shown, longest_state);
  if (!text)
    return text.error();
  if (layout.unified)
    return text->find("frozen 1") != std::string::npos;
  return text->starts_with("FROZEN");
}

/// Whether somebody wants it to be frozen, whether it is yet or not.
bool is_held(const cgroup_layout& layout, const fs::path& file) {
  auto shown
    = layout.unified ? file : file.parent_path() / "freezer.self_freezing";
  auto text = read_file(shown, longest_state);
  return text && text->starts_with("1");
}

} // namespace

result<void> freeze_cgroup(const cgroup_layout& layout, const std::string& name,
                           std::chrono::milliseconds patience) {
  auto file = freezer_of(layout, name);
  if (!file)
    return file.error();
  const auto* frozen = layout.unified ? "1" : "FROZEN";
  if (auto set = set_freezer(*file, frozen); !set)
    return set;
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto round = 1;; ++round) {
    auto still = stands_still(layout, *file);
    if (!still)
      return still.error();
    if (*still)
      return {};
    if (std::chrono::steady_clock::now() >= deadline)
      return make_error(ec::timeout, "cgroup " + name + ": does not freeze");
    std::this_thread::sleep_for(freezing_interval);
    if (layout.unified)
      continue;
    // In v1, who forks all the time may be stuck halfway: it has to be said
    // again, and now and then let go on first.
    if (round % rounds_until_thaw == 0)
      (void)set_freezer(*file, "THAWED");
    if (auto set = set_freezer(*file, frozen); !set)
      return set;
  }
}

result<void> thaw_cgroup(const cgroup_layout& layout, const std::string& name) {
  auto file = freezer_of(layout, name);
  if (!file)
    return code_of(file.error()) == ec::not_found ? result<void>{}
                                                  : file.error();
  return set_freezer(*file, layout.unified ? "0" : "THAWED");
}

result<void> thaw_below(const cgroup_layout& layout, const std::string& name) {
  for (const auto& root : layout.roots) {
    auto err = std::error_code{};
    for (auto it = fs::recursive_directory_iterator{root / name, err};
         !err && it != fs::recursive_directory_iterator{}; it.increment(err)) {
      if (!it->is_directory(err))
        continue;
      auto file
        = it->path() / (layout.unified ? "cgroup.freeze" : "freezer.state");
      if (!is_held(layout, file))
        continue;
      if (auto thawed = set_freezer(file, layout.unified ? "0" : "THAWED");
          !thawed)
        return thawed;
    }
  }
  return {};
}

} // namespace berth::sys
