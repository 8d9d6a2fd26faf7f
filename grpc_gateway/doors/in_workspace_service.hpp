#pragma once

#include "grpc_gateway/doors/connection_book.hpp"
#include "grpc_gateway/front_door.hpp"

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

namespace berth::gateway {

/// `iws.InWorkspaceService`: each call becomes one message to the service of
/// the workspace that the connection belongs to. No request names one.
class in_workspace_service final
  : public iws::InWorkspaceService::CallbackService {
public:
  explicit in_workspace_service(const connection_book& book) : book_(book) {}

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  unary_reactor* PrepareForUserNS(context*, const iws::PrepareForUserNSRequest*,
                                  iws::PrepareForUserNSResponse*) override;
  unary_reactor* WriteIDMapping(context*, const iws::WriteIDMappingRequest*,
                                iws::WriteIDMappingResponse*) override;
  unary_reactor* EvacuateCGroup(context*, const iws::EvacuateCGroupRequest*,
                                iws::EvacuateCGroupResponse*) override;
  unary_reactor* MountProc(context*, const iws::MountProcRequest*,
                           iws::MountProcResponse*) override;
  unary_reactor* UmountProc(context*, const iws::UmountProcRequest*,
                            iws::UmountProcResponse*) override;
  unary_reactor* MountSysfs(context*, const iws::MountProcRequest*,
                            iws::MountProcResponse*) override;
  unary_reactor* UmountSysfs(context*, const iws::UmountProcRequest*,
                             iws::UmountProcResponse*) override;
  unary_reactor* MountNfs(context*, const iws::MountNfsRequest*,
                          iws::MountNfsResponse*) override;
  unary_reactor* UmountNfs(context*, const iws::UmountNfsRequest*,
                           iws::UmountNfsResponse*) override;
  unary_reactor* Teardown(context*, const iws::TeardownRequest*,
                          iws::TeardownResponse*) override;
  unary_reactor* WipingTeardown(context*, const iws::WipingTeardownRequest*,
                                iws::WipingTeardownResponse*) override;
  unary_reactor* SetupPairVeths(context*, const iws::SetupPairVethsRequest*,
                                iws::SetupPairVethsResponse*) override;
  unary_reactor* WorkspaceInfo(context*, const iws::WorkspaceInfoRequest*,
                               iws::WorkspaceInfoResponse*) override;

private:
  template <class Message, class Request>
  unary_reactor* pass_on(context*, const Request&, Message);

  const connection_book& book_;
  front_door open_{{}}; ///< limits are the workspace's, and are kept there
};

} // namespace berth::gateway
