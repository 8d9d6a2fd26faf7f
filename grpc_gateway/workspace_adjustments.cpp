#include "actors/ask.hpp"
#include "grpc_gateway/convert/adjustments.hpp"
#include "grpc_gateway/convert/cluster.hpp"
#include "grpc_gateway/unary.hpp"
#include "grpc_gateway/workspace_manager_service.hpp"

namespace berth::gateway {

template <class Request>
grpc::ServerUnaryReactor*
workspace_manager_service::adjust(const char* method, context* ctx,
                                  const Request* request) {
  return unary<done>(
    door_, method, ctx, *request,
    [this, request](const answer<done>& to) {
      auto what = to_adjustment(*request);
      if (!what)
        return to.refuse(what.error());
      tell_actor(manager_,
                 adjust_workspace{request->id(), std::move(*what), to});
    },
    [](done) {});
}

grpc::ServerUnaryReactor*
workspace_manager_service::SetTimeout(context* ctx,
                                      const wsman::SetTimeoutRequest* request,
                                      wsman::SetTimeoutResponse*) {
  return adjust("/wsman.WorkspaceManager/SetTimeout", ctx, request);
}

grpc::ServerUnaryReactor*
workspace_manager_service::ControlPort(context* ctx,
                                       const wsman::ControlPortRequest* request,
                                       wsman::ControlPortResponse*) {
  return adjust("/wsman.WorkspaceManager/ControlPort", ctx, request);
}

grpc::ServerUnaryReactor* workspace_manager_service::ControlAdmission(
  context* ctx, const wsman::ControlAdmissionRequest* request,
  wsman::ControlAdmissionResponse*) {
  return adjust("/wsman.WorkspaceManager/ControlAdmission", ctx, request);
}

grpc::ServerUnaryReactor* workspace_manager_service::UpdateSSHKey(
  context* ctx, const wsman::UpdateSSHKeyRequest* request,
  wsman::UpdateSSHKeyResponse*) {
  return adjust("/wsman.WorkspaceManager/UpdateSSHKey", ctx, request);
}

grpc::ServerUnaryReactor* workspace_manager_service::DescribeCluster(
  context* ctx, const wsman::DescribeClusterRequest* request,
  wsman::DescribeClusterResponse* response) {
  // Also while workspaces are being recovered: who registers a cluster asks.
  return unary<done>(
    door_, "/wsman.WorkspaceManager/DescribeCluster", ctx, *request,
    [](const answer<done>& to) { to.give({}); },
    [this, response](done) { *response = describe_cluster(settings_); });
}

grpc::ServerUnaryReactor* workspace_manager_service::DeleteVolumeSnapshot(
  context* ctx, const wsman::DeleteVolumeSnapshotRequest* request,
  wsman::DeleteVolumeSnapshotResponse*) {
  return unary<done>(
    door_, "/wsman.WorkspaceManager/DeleteVolumeSnapshot", ctx, *request,
    [](const answer<done>& to) {
      to.refuse(ec::unimplemented, "this node has no volume snapshots");
    },
    [](done) {});
}

} // namespace berth::gateway
