#pragma once

#include "bench/command.hpp"
#include "bench/scenario.hpp"
#include "core/layout.hpp"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "berth/v1/node.grpc.pb.h"
#include "ws-manager-api/core.grpc.pb.h"

namespace berth::bench {

/// A channel with connections of its own: equal ones would share them.
std::shared_ptr<grpc::Channel> dial(const std::string& address);

/// A real berthd on a state directory, a socket and ports that nobody else
/// uses, with one image called "bench": a busybox.
class private_node {
public:
  /// `rate_limits` is what its configuration says of them.
  static result<std::unique_ptr<private_node>>
  start(const options&, const std::string& rate_limits = "{}");
  private_node(const private_node&) = delete;
  private_node& operator=(const private_node&) = delete;
  /// Stops the workspaces, then berthd, and removes its files.
  ~private_node();

  std::string address() const; ///< "unix:..."
  layout paths() const;
  const std::filesystem::path& directory() const { return home_.path(); }
  const std::filesystem::path& rootfs() const { return rootfs_; }

  /// From the call to RUNNING.
  result<std::chrono::nanoseconds> start_workspace(const std::string& id,
                                                   wsman::WorkspaceType type
                                                   = wsman::REGULAR);
  /// ABORT, until STOPPED.
  result<void> stop_workspace(const std::string& id);

  /// SIGKILL to berthd; its database is free then.
  void crash();
  /// A new berthd on what the last one left, healthy when it returns.
  result<void> restart();
  /// The same without waiting.
  result<void> launch();

  /// What DescribeWorkspace answers now.
  result<wsman::DescribeWorkspaceResponse> describe(const std::string& id);

private:
  private_node(temporary_directory home, const options&,
               std::string rate_limits);

  result<void> await_health();
  result<void> make_rootfs();
  result<void> import_image();
  std::string last_words() const;
  void shut_down();

  temporary_directory home_;
  options how_;
  std::string rate_limits_;
  std::filesystem::path rootfs_;
  sys::spawned berthd_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<wsman::WorkspaceManager::Stub> manager_;
  std::vector<std::string> running_;
};

/// A fresh instance id, "bench-<run>-<n>".
std::string next_id();

} // namespace berth::bench
