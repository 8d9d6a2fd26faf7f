#include "grpc_gateway/doors/workspace_info_service.hpp"

#include "grpc_gateway/doors/workspace_call.hpp"

namespace berth::gateway {

grpc::ServerUnaryReactor*
workspace_info_service::WorkspaceInfo(grpc::CallbackServerContext* ctx,
                                      const iws::WorkspaceInfoRequest* request,
                                      iws::WorkspaceInfoResponse* response) {
  return tell_usage(book_, open_, ctx, request, response);
}

} // namespace berth::gateway
