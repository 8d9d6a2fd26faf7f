#pragma once

#include "actors/ask.hpp"
#include "grpc_gateway/doors/connection_book.hpp"
#include "grpc_gateway/patient_call.hpp"

#include "ws-daemon-api/workspace_daemon.pb.h"

namespace berth::gateway {

/// Carries one call to the service of the workspace whose connection it came
/// on: `message.to` becomes the caller, `fill` writes the response.
template <class T, class Message, class Fill>
grpc::ServerUnaryReactor*
ask_workspace(const connection_book& book, front_door& door,
              grpc::CallbackServerContext* ctx,
              const google::protobuf::Message& request, Message message,
              Fill fill) {
  return patient<T>(
    door, "", ctx, request,
    [service = book.find(ctx->peer()),
     message = std::move(message)](const answer<T>& to) {
      if (!service)
        return to.refuse(service.error());
      auto ours = message;
      ours.to = to;
      tell_actor(*service, std::move(ours));
    },
    std::move(fill));
}

/// `WorkspaceInfo` of both services.
inline grpc::ServerUnaryReactor*
tell_usage(const connection_book& book, front_door& door,
           grpc::CallbackServerContext* ctx,
           const iws::WorkspaceInfoRequest* request,
           iws::WorkspaceInfoResponse* response) {
  return ask_workspace<workspace_usage>(
    book, door, ctx, *request, get_workspace_usage{},
    [response](const workspace_usage& usage) {
      auto& resources = *response->mutable_resources();
      resources.mutable_cpu()->set_used(usage.cpu_used);
      resources.mutable_cpu()->set_limit(usage.cpu_limit);
      resources.mutable_memory()->set_used(usage.memory_used);
      resources.mutable_memory()->set_limit(usage.memory_limit);
    });
}

} // namespace berth::gateway
