#pragma once

#include "grpc_gateway/doors/connection_book.hpp"
#include "grpc_gateway/front_door.hpp"

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

namespace berth::gateway {

/// `iws.WorkspaceInfoService`: what anybody in a workspace may know, nested
/// containers included.
class workspace_info_service final
  : public iws::WorkspaceInfoService::CallbackService {
public:
  explicit workspace_info_service(const connection_book& book) : book_(book) {}

  grpc::ServerUnaryReactor* WorkspaceInfo(grpc::CallbackServerContext*,
                                          const iws::WorkspaceInfoRequest*,
                                          iws::WorkspaceInfoResponse*) override;

private:
  const connection_book& book_;
  front_door open_{{}};
};

} // namespace berth::gateway
