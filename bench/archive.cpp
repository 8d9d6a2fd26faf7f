#include "bench/archive_peer.hpp"
#include "bench/private_node.hpp"
#include "bench/scenario.hpp"
#include "bench/statistics.hpp"

#include <chrono>
#include <filesystem>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr unsigned default_archive_rounds = 3;
constexpr auto patience = 10min;

double seconds_since(clock::time_point began) {
  return std::chrono::duration<double>(clock::now() - began).count();
}

/// Reads the status stream of `id` until `is_it`; how long that took from
/// `act` on.
template <class Act, class IsIt>
result<double> time_until(private_node& node, const std::string& id, Act act,
                          IsIt is_it) {
  auto stub = wsman::WorkspaceManager::NewStub(dial(node.address()));
  grpc::ClientContext watching, acting;
  watching.set_deadline(std::chrono::system_clock::now() + patience);
  acting.set_deadline(std::chrono::system_clock::now() + patience);
  wsman::SubscribeRequest all;
  auto stream = stub->Subscribe(&watching, all);
  auto began = clock::now();
  auto status = act(*stub, acting);
  if (!status.ok())
    return make_error(ec::internal, id + ": " + status.error_message());
  wsman::SubscribeResponse update;
  auto took = 0.0;
  while (took == 0.0 && stream->Read(&update)) {
    const auto& now = update.status();
    if (now.id() != id)
      continue;
    if (!now.conditions().failed().empty())
      return make_error(ec::internal, id + ": " + now.conditions().failed());
    if (is_it(now))
      took = seconds_since(began);
  }
  watching.TryCancel();
  (void)stream->Finish();
  if (took == 0.0)
    return make_error(ec::timeout, id + ": the stream ended");
  return took;
}

/// From StartWorkspace to RUNNING; content comes from the backup of `meta_id`
/// if there is one.
result<double> start(private_node& node, const std::string& id,
                     const std::string& meta_id) {
  return time_until(
    node, id,
    [&](auto& stub, auto& context) {
      wsman::StartWorkspaceRequest request;
      wsman::StartWorkspaceResponse accepted;
      request.set_id(id);
      request.set_service_prefix(id);
      request.mutable_metadata()->set_owner("bench");
      request.mutable_metadata()->set_meta_id(meta_id);
      auto& spec = *request.mutable_spec();
      spec.set_workspace_image("bench");
      spec.set_workspace_location("/workspace");
      spec.mutable_initializer()->mutable_empty();
      spec.mutable_ide_image();
      return stub.StartWorkspace(&context, request, &accepted);
    },
    [](const auto& now) { return now.phase() == wsman::RUNNING; });
}

wsman::StopWorkspaceRequest stop_request(const std::string& id,
                                         wsman::StopWorkspacePolicy policy) {
  wsman::StopWorkspaceRequest request;
  request.set_id(id);
  request.set_policy(policy);
  return request;
}

/// From StopWorkspace to STOPPED, or only until its backup is stored.
result<double> stop(private_node& node, const std::string& id,
                    wsman::StopWorkspacePolicy policy, bool until_saved) {
  return time_until(
    node, id,
    [&](auto& stub, auto& context) {
      wsman::StopWorkspaceResponse reply;
      return stub.StopWorkspace(&context, stop_request(id, policy), &reply);
    },
    [&](const auto& now) {
      return until_saved
               ? now.conditions().final_backup_complete() == wsman::TRUE
               : now.phase() == wsman::STOPPED;
    });
}

/// A workspace with a copy of `tree` as its content.
result<std::string> filled_workspace(private_node& node,
                                     const std::string& meta_id,
                                     const fs::path& tree) {
  auto id = next_id();
  if (auto started = start(node, id, meta_id); !started)
    return started.error();
  auto copied = must_run({"cp", "-a", tree / ".", node.paths().content(id)});
  if (!copied)
    return copied.error();
  return id;
}

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
    auto saved = stop(**node, *id, wsman::NORMALLY, true);
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

result<void> run_restore(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto home = (*node)->directory();
  auto tree = make_mixed_tree(home / "tree");
  if (!tree)
    return tree.error();
  if (auto packed = pack_by_tar(tree->where, home / "peer.tar.zst"); !packed)
    return packed.error();
  auto meta_id = next_id();
  auto first = filled_workspace(**node, meta_id, tree->where);
  if (!first)
    return first.error();
  if (auto saved = stop(**node, *first, wsman::NORMALLY, false); !saved)
    return saved.error();
  auto ours = std::vector<double>{}, theirs = ours;
  auto rounds = how.rounds ? how.rounds : default_archive_rounds;
  for (unsigned round = 0; round < rounds; ++round) {
    auto unpacked = unpack_by_tar(home / "peer.tar.zst", home / "unpacked");
    if (!unpacked)
      return unpacked.error();
    theirs.push_back(*unpacked);
    auto id = next_id();
    auto running = start(**node, id, meta_id);
    if (!running)
      return running.error();
    ours.push_back(*running);
    if (auto ended = stop(**node, id, wsman::ABORT, false); !ended)
      return ended.error();
  }
  tell(to, "zstd -d | tar -x", ours, theirs, tree->megabytes);
  to.note("ours: from StartWorkspace to RUNNING; " + tree->description);
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
