#include "bench/content_life.hpp"

#include "bench/command.hpp"

#include <chrono>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto content_patience = 10min;

double seconds_since(clock::time_point began) {
  return std::chrono::duration<double>(clock::now() - began).count();
}

/// Reads the status stream of `id` until it is in `last`; how long it took from
/// `act` on until `is_it`.
template <class Act, class IsIt>
result<double> time_until(private_node& node, const std::string& id, Act act,
                          IsIt is_it, wsman::WorkspacePhase last) {
  auto stub = wsman::WorkspaceManager::NewStub(dial(node.address()));
  grpc::ClientContext watching, acting;
  watching.set_deadline(std::chrono::system_clock::now() + content_patience);
  acting.set_deadline(std::chrono::system_clock::now() + content_patience);
  wsman::SubscribeRequest all;
  auto stream = stub->Subscribe(&watching, all);
  auto began = clock::now();
  auto status = act(*stub, acting);
  if (!status.ok())
    return make_error(ec::internal, id + ": " + status.error_message());
  wsman::SubscribeResponse update;
  auto took = 0.0;
  auto is_over = false;
  while (!is_over && stream->Read(&update)) {
    const auto& now = update.status();
    if (now.id() != id)
      continue;
    if (!now.conditions().failed().empty())
      return make_error(ec::internal, id + ": " + now.conditions().failed());
    if (took == 0.0 && is_it(now))
      took = seconds_since(began);
    is_over = took != 0.0 && now.phase() == last;
  }
  watching.TryCancel();
  (void)stream->Finish();
  if (!is_over)
    return make_error(ec::timeout, id + ": the stream ended");
  return took;
}

wsman::StopWorkspaceRequest stop_request(const std::string& id,
                                         wsman::StopWorkspacePolicy policy) {
  wsman::StopWorkspaceRequest request;
  request.set_id(id);
  request.set_policy(policy);
  return request;
}

} // namespace

result<double> start_content(private_node& node, const std::string& id,
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
    [](const auto& now) { return now.phase() == wsman::RUNNING; },
    wsman::RUNNING);
}

result<double> stop_content(private_node& node, const std::string& id,
                            wsman::StopWorkspacePolicy policy,
                            bool until_saved) {
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
    },
    wsman::STOPPED);
}

result<std::string> filled_workspace(private_node& node,
                                     const std::string& meta_id,
                                     const std::filesystem::path& tree) {
  auto id = next_id();
  if (auto started = start_content(node, id, meta_id); !started)
    return started.error();
  auto copied = must_run({"cp", "-a", tree / ".", node.paths().content(id)});
  if (!copied)
    return copied.error();
  return id;
}

} // namespace berth::bench
