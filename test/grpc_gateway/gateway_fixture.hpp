#pragma once

#include "actors/events/event_bus.hpp"
#include "grpc_gateway/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <filesystem>
#include <functional>
#include <mutex>

namespace berth::test {

/// What the manager in the tests does with each message; unset: it drops it.
struct fake_manager {
  std::function<void(const start_workspace&)> start;
  std::function<void(const stop_workspace&)> stop;
  std::function<void(const describe_workspace&)> describe;
  std::function<void(const get_workspaces&)> get;
  std::function<void(const mark_active&)> mark;
  std::function<void(const adjust_workspace&)> adjust;
  std::function<void(const take_snapshot&)> snapshot;
  std::function<void(const backup_workspace&)> backup;
  std::function<void(const exec_in_workspace&)> exec;
  std::function<void(const find_log&)> log;
};

/// The same for the content sessions.
struct fake_sessions {
  std::function<void(const init_session&)> init;
  std::function<void(const await_session&)> await;
  std::function<void(const find_session&)> find;
  std::function<void(const snapshot_session&)> snapshot;
  std::function<void(const backup_session&)> backup;
  std::function<void(const dispose_session&)> dispose;
};

/// A directory that goes with the test.
class temporary_directory {
public:
  temporary_directory();
  ~temporary_directory();
  const std::filesystem::path path;
};

/// A real server on a free port and a unix socket in front of actors that do
/// what a test tells them.
class gateway_fixture {
public:
  gateway_fixture();
  ~gateway_fixture();

  /// Starts the server; before, `config` and the fakes may be changed.
  void start();
  /// Longer than any call of a test takes.
  static void set_deadline(grpc::ClientContext&);

  std::shared_ptr<grpc::Channel> channel(const grpc::ChannelArguments& arguments
                                         = {});
  std::unique_ptr<wsman::WorkspaceManager::Stub> manager_stub();
  std::unique_ptr<v1::Node::Stub> node_stub();
  std::unique_ptr<wsdaemon::WorkspaceContentService::Stub> content_stub();

  /// Publishes a change as the manager would.
  void tell(workspace_record record);

  temporary_directory directory;
  std::shared_ptr<settings> config;
  fake_manager manager;
  fake_sessions sessions;
  std::function<result<stored_image>(const import_image&)> import;
  std::function<void(const session_input&)> input;
  std::function<void(const std::string& what)> session_event;
  gateway::doctor doctor;
  caf::actor_system_config actors_config;
  caf::actor_system actors;
  event_bus_actor bus;
  std::shared_ptr<gateway::call_metrics> calls
    = std::make_shared<gateway::call_metrics>();
  std::shared_ptr<published_records> published
    = std::make_shared<published_records>();
  std::unique_ptr<gateway::gateway> server;
};

/// Settings of a node with two classes.
settings sample_settings();

/// A start that nothing is wrong with.
wsman::StartWorkspaceRequest sample_request();

/// A record of a running workspace with everything set.
workspace_record sample_record(const std::string& id = "w1");

} // namespace berth::test
