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

/// Writes one percent of `path`, from the middle on, anew.
result<void> change_part(const fs::path& path, uintmax_t bytes,
                         std::mt19937& random) {
  auto file
    = std::fstream{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(bytes / 2));
  for (auto left = std::max<uintmax_t>(bytes / 100, 1); left > 0; --left)
    file.put(static_cast<char>(random()));
  if (!file.flush())
    return make_error(ec::internal, "cannot write " + path.native());
  return {};
}

/// One small file in a hundred, and one percent of each big one.
result<void> change_one_percent(const fs::path& tree) {
  auto files = std::vector<fs::path>{};
  for (const auto& entry : fs::recursive_directory_iterator{tree})
    if (entry.is_regular_file() && !entry.is_symlink()
        && entry.path().native().find("/.gitpod/") == std::string::npos)
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  auto random = std::mt19937{1};
  auto small = 0U;
  for (const auto& path : files) {
    auto bytes = fs::file_size(path);
    if (bytes < big && small++ % 100 != 0)
      continue;
    if (auto changed = change_part(path, bytes, random); !changed)
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

result<void> run_incremental(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto tree = make_mixed_tree((*node)->directory() / "tree");
  if (!tree)
    return tree.error();
  auto first = std::vector<double>{}, second = first;
  auto stored = std::vector<double>{}, stored_again = stored;
  auto rounds = how.rounds ? how.rounds : default_incremental_rounds;
  for (unsigned round = 0; round < rounds; ++round) {
    auto meta_id = next_id();
    auto id = filled_workspace(**node, meta_id, tree->where);
    if (!id)
      return id.error();
    auto saved = stop_content(**node, *id, wsman::NORMALLY, true);
    if (!saved)
      return saved.error();
    first.push_back(*saved);
    stored.push_back(stored_megabytes(**node));
    auto again = next_id();
    if (auto running = start_content(**node, again, meta_id); !running)
      return running.error();
    if (auto changed = change_one_percent((*node)->paths().content(again));
        !changed)
      return changed;
    saved = stop_content(**node, again, wsman::NORMALLY, true);
    if (!saved)
      return saved.error();
    second.push_back(*saved);
    stored_again.push_back(stored_megabytes(**node));
  }
  to.add("berthd", "first backup", median(first), "s");
  to.add("berthd", "first backup, stored", median(stored), "MB");
  to.add("berthd", "second backup", median(second), "s");
  to.add("berthd", "second backup, stored", median(stored_again), "MB");
  to.add("first / second", "time", median(first) / median(second), "x",
         at_least(10.0));
  to.note("from StopWorkspace until the backup is verified, synced and stored; "
          "the second one of a workspace that was started from the first one's "
          "backup, after one small file in a hundred and one percent of each "
          "big one changed; "
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
