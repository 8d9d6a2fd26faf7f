#include "bench/archive_peer.hpp"
#include "bench/content_life.hpp"
#include "bench/scenario.hpp"
#include "bench/statistics.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

namespace berth::bench {

namespace {

namespace fs = std::filesystem;

constexpr unsigned default_incremental_rounds = 3;
constexpr uintmax_t big = 1 << 20;

/// What a second backup finds changed: one byte in a hundred, either way.
enum class change {
  few_files, ///< one small file in a hundred, and a part of one big one
  all_big,   ///< one small file in a hundred, and a hundredth of each big one
};

/// Writes `part` bytes of `path`, from the middle on, anew.
result<void> change_part(const fs::path& path, uintmax_t bytes, uintmax_t part,
                         std::mt19937& random) {
  auto file
    = std::fstream{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(bytes / 2));
  for (auto left = std::max<uintmax_t>(part, 1); left > 0; --left)
    file.put(static_cast<char>(random()));
  if (!file.flush())
    return make_error(ec::internal, "cannot write " + path.native());
  return {};
}

result<void> change_one_percent(const fs::path& tree, change how) {
  auto files = std::vector<fs::path>{};
  auto all = uintmax_t{0};
  for (const auto& entry : fs::recursive_directory_iterator{tree})
    if (entry.is_regular_file() && !entry.is_symlink()
        && entry.path().native().find("/.gitpod/") == std::string::npos) {
      files.push_back(entry.path());
      all += entry.file_size();
    }
  std::sort(files.begin(), files.end());
  // Other bytes each time: the second change is made to what the first left.
  auto random = std::mt19937{how == change::few_files ? 1U : 2U};
  auto small = 0U;
  auto left = all / 100; // of big files
  for (const auto& path : files) {
    auto bytes = fs::file_size(path);
    auto part = bytes / 100;
    if (bytes < big) {
      if (small++ % 100 != 0)
        continue;
    } else if (how == change::few_files) {
      part = std::min(left, bytes / 2);
      left -= part;
      if (part == 0)
        continue;
    }
    if (auto changed = change_part(path, bytes, part, random); !changed)
      return changed;
  }
  return {};
}

/// Bytes of the newest kept backup of all workspaces.
double stored_megabytes(const private_node& node) {
  auto newest = std::pair<std::string, uintmax_t>{};
  for (const auto& entry :
       fs::recursive_directory_iterator{node.paths().objects()})
    if (auto name = entry.path().filename().native();
        name.starts_with("trail-"))
      newest = std::max(newest, {name, entry.file_size()});
  return static_cast<double>(newest.second) / 1e6;
}

/// Seconds and stored megabytes of backups.
struct backups {
  std::vector<double> seconds;
  std::vector<double> megabytes;

  result<void> add(const private_node& node, const result<double>& saved) {
    if (!saved)
      return saved.error();
    seconds.push_back(*saved);
    megabytes.push_back(stored_megabytes(node));
    return {};
  }
  void tell(report& to, const std::string& which) const {
    to.add("berthd", which, median(seconds), "s");
    to.add("berthd", which + ", stored", median(megabytes), "MB");
  }
};

/// The newest backup of `meta_id`, changed, and saved again.
result<void> save_changed(private_node& node, const std::string& meta_id,
                          change how, backups& into) {
  auto id = next_id();
  if (auto running = start_content(node, id, meta_id); !running)
    return running.error();
  if (auto changed = change_one_percent(node.paths().content(id), how);
      !changed)
    return changed;
  return into.add(node, stop_content(node, id, wsman::NORMALLY, true));
}

result<void> run_incremental(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto tree = make_mixed_tree((*node)->directory() / "tree");
  if (!tree)
    return tree.error();
  auto first = backups{}, few = backups{}, all = backups{};
  auto rounds = how.rounds ? how.rounds : default_incremental_rounds;
  for (unsigned round = 0; round < rounds; ++round) {
    auto meta_id = next_id();
    auto id = filled_workspace(**node, meta_id, tree->where);
    if (!id)
      return id.error();
    auto saved
      = first.add(**node, stop_content(**node, *id, wsman::NORMALLY, true));
    if (saved)
      saved = save_changed(**node, meta_id, change::few_files, few);
    if (saved)
      saved = save_changed(**node, meta_id, change::all_big, all);
    if (!saved)
      return saved.error();
  }
  first.tell(to, "first backup");
  few.tell(to, "second, changed in few files");
  all.tell(to, "third, changed in every big file");
  auto ratio = [&](const backups& later) {
    return median(first.seconds) / median(later.seconds);
  };
  to.add("first / second", "time", ratio(few), "x", at_least(10.0));
  to.add("first / third", "time", ratio(all), "x");
  to.note("from StopWorkspace until the backup is verified, synced and stored; "
          "the later ones of workspaces that were started from the backup "
          "before, after one percent of their bytes changed: of one small file "
          "in a hundred, and either of one big file, or of every big one; "
          + tree->description);
  return {};
}

} // namespace

const scenario incremental_scenario = {
  .name = "incremental",
  .question = "how fast is a second backup after a change of one percent, "
              "beside the first?",
  .run = run_incremental,
};

} // namespace berth::bench
