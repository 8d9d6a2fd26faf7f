#pragma once

#include "actors/events/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/workspace/api.hpp"
#include "core/published_records.hpp"
#include "grpc_gateway/call_metrics.hpp"
#include "grpc_gateway/front_door.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/status_cache.hpp"
#include "model/settings.hpp"

#include <caf/actor_system.hpp>

#include "ws-manager-api/core.grpc.pb.h"

namespace berth::gateway {

/// `wsman.WorkspaceManager`: each call becomes one message to the manager, but
/// for a record that is published already. The calls that answer with statuses
/// write bytes that are encoded once a version (see `status_cache`).
class workspace_manager_service final
  : public wsman::WorkspaceManager::WithRawCallbackMethod_DescribeWorkspace<
      wsman::WorkspaceManager::WithRawCallbackMethod_GetWorkspaces<
        wsman::WorkspaceManager::WithRawCallbackMethod_Subscribe<
          wsman::WorkspaceManager::CallbackService>>> {
public:
  static constexpr size_t max_subscribers = 1024;

  /// The key of the call's metadata by which a subscriber asks for the output
  /// of headless workspaces: "true".
  static constexpr auto logs_key = "berth-subscribe-logs";

  workspace_manager_service(caf::actor_system& system, const settings& settings,
                            front_door& door, status_projection projection,
                            std::shared_ptr<call_metrics> metrics,
                            workspace_manager_actor manager,
                            event_bus_actor bus, maintenance_actor maintenance,
                            std::shared_ptr<const published_records> published);

  /// Ends every subscription, now and in future.
  void close_streams(const grpc::Status& why) { streams_.close_all(why); }

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  unary_reactor* StartWorkspace(context*, const wsman::StartWorkspaceRequest*,
                                wsman::StartWorkspaceResponse*) override;
  unary_reactor* StopWorkspace(context*, const wsman::StopWorkspaceRequest*,
                               wsman::StopWorkspaceResponse*) override;
  unary_reactor* DescribeWorkspace(context*, const grpc::ByteBuffer*,
                                   grpc::ByteBuffer*) override;
  unary_reactor* GetWorkspaces(context*, const grpc::ByteBuffer*,
                               grpc::ByteBuffer*) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>*
  Subscribe(context*, const grpc::ByteBuffer*) override;
  unary_reactor* MarkActive(context*, const wsman::MarkActiveRequest*,
                            wsman::MarkActiveResponse*) override;
  unary_reactor* TakeSnapshot(context*, const wsman::TakeSnapshotRequest*,
                              wsman::TakeSnapshotResponse*) override;
  unary_reactor* BackupWorkspace(context*, const wsman::BackupWorkspaceRequest*,
                                 wsman::BackupWorkspaceResponse*) override;

  // -- workspace_adjustments.cpp --
  unary_reactor* SetTimeout(context*, const wsman::SetTimeoutRequest*,
                            wsman::SetTimeoutResponse*) override;
  unary_reactor* ControlPort(context*, const wsman::ControlPortRequest*,
                             wsman::ControlPortResponse*) override;
  unary_reactor* ControlAdmission(context*,
                                  const wsman::ControlAdmissionRequest*,
                                  wsman::ControlAdmissionResponse*) override;
  unary_reactor* UpdateSSHKey(context*, const wsman::UpdateSSHKeyRequest*,
                              wsman::UpdateSSHKeyResponse*) override;
  unary_reactor* DescribeCluster(context*, const wsman::DescribeClusterRequest*,
                                 wsman::DescribeClusterResponse*) override;
  unary_reactor*
  DeleteVolumeSnapshot(context*, const wsman::DeleteVolumeSnapshotRequest*,
                       wsman::DeleteVolumeSnapshotResponse*) override;

private:
  /// `why` is wrong with the request; but maintenance comes before that.
  void refuse_start(const answer<start_accepted>& to, const caf::error& why);
  template <class Request>
  unary_reactor* adjust(const char* method, context*, const Request*);

  caf::actor_system& system_;
  const settings& settings_;
  std::shared_ptr<call_metrics> metrics_;
  front_door& door_;
  std::shared_ptr<status_cache> cache_;
  open_streams streams_{max_subscribers};
  workspace_manager_actor manager_;
  event_bus_actor bus_;
  maintenance_actor maintenance_;
  std::shared_ptr<const published_records> published_;
};

} // namespace berth::gateway
