#include "bench/archive_peer.hpp"
#include "bench/content_life.hpp"
#include "bench/scenario.hpp"
#include "bench/statistics.hpp"

#include <filesystem>

namespace berth::bench {

namespace {

constexpr unsigned default_archive_rounds = 3;

void tell(report& to, const std::string& peer, std::vector<double> ours,
          std::vector<double> theirs, double megabytes) {
  to.add("berthd", "throughput", megabytes / median(ours), "MB/s");
  to.add(peer, "throughput", megabytes / median(theirs), "MB/s");
  to.add("berthd / " + peer, "throughput", median(theirs) / median(ours), "x",
         at_least(1.0));
}

result<void> run_backup(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto home = (*node)->directory();
  auto tree = make_mixed_tree(home / "tree");
  if (!tree)
    return tree.error();
  auto ours = std::vector<double>{}, theirs = ours;
  auto rounds = how.rounds ? how.rounds : default_archive_rounds;
  for (unsigned round = 0; round < rounds; ++round) {
    auto id = filled_workspace(**node, next_id(), tree->where);
    if (!id)
      return id.error();
    auto packed = pack_by_tar(tree->where, home / "peer.tar.zst");
    if (!packed)
      return packed.error();
    theirs.push_back(*packed);
    auto saved = stop_content(**node, *id, wsman::NORMALLY, true);
    if (!saved)
      return saved.error();
    ours.push_back(*saved);
  }
  tell(to, "tar | zstd -T0", ours, theirs, tree->megabytes);
  to.note("ours: from StopWorkspace until the backup is verified, synced and "
          "stored; peer: tar | zstd -T0, then sync of the file; "
          + tree->description);
  return {};
}

/// A backup of `tree` comes back, again and again, beside what tar makes of it.
result<void> measure_restores(private_node& node, const test_tree& tree,
                              unsigned rounds, report& to) {
  auto home = node.directory();
  if (auto packed = pack_by_tar(tree.where, home / "peer.tar.zst"); !packed)
    return packed.error();
  auto meta_id = next_id();
  auto first = filled_workspace(node, meta_id, tree.where);
  if (!first)
    return first.error();
  if (auto saved = stop_content(node, *first, wsman::NORMALLY, false); !saved)
    return saved.error();
  auto ours = std::vector<double>{}, written = ours, synced = ours;
  for (unsigned round = 0; round < rounds; ++round) {
    auto unpacked
      = unpack_by_tar(home / "peer.tar.zst", home / ("unpacked-" + next_id()));
    if (!unpacked)
      return unpacked.error();
    written.push_back(unpacked->written);
    synced.push_back(unpacked->synced);
    auto id = next_id();
    auto running = start_content(node, id, meta_id);
    if (!running)
      return running.error();
    ours.push_back(*running);
    if (auto ended = stop_content(node, id, wsman::ABORT, false); !ended)
      return ended.error();
  }
  const auto& what = tree.description;
  to.add("berthd", what, median(ours), "s");
  to.add("zstd -d | tar -x", what, median(written), "s");
  to.add("the same, and sync -f", what, median(synced), "s");
  to.add("tar and sync / berthd", what, median(synced) / median(ours), "x",
         at_least(1.0));
  return {};
}

result<void> run_restore(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto rounds = how.rounds ? how.rounds : default_archive_rounds;
  for (auto make : {make_mixed_tree, make_small_tree}) {
    auto tree = make((*node)->directory() / next_id());
    if (!tree)
      return tree.error();
    if (auto done = measure_restores(**node, *tree, rounds, to); !done)
      return done;
  }
  to.note("ours: from StartWorkspace to RUNNING, when all is on disk");
  return {};
}

} // namespace

const scenario backup_scenario = {
  .name = "backup",
  .question = "how fast does a workspace become a verified backup, beside tar "
              "| zstd -T0 on the same disk?",
  .run = run_backup,
};

const scenario restore_scenario = {
  .name = "restore",
  .question = "how fast does a backup become a running workspace, beside zstd "
              "-d | tar -x on the same disk?",
  .run = run_restore,
};

} // namespace berth::bench
