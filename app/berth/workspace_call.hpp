#pragma once

#include "app/berth/command.hpp"
#include "app/berth/find_workspace.hpp"

namespace berth::cli {

/// A call about the workspace that people mean by `text`: finds its id, puts
/// it into `request` and makes the call.
template <class Request, class Response>
grpc::Status call_about(const connection& to, const std::string& text,
                        grpc::Status (wsman::WorkspaceManager::Stub::*method)(
                          grpc::ClientContext*, const Request&, Response*),
                        Request& request, Response& response,
                        std::chrono::seconds deadline = unary_deadline) {
  auto status = find_workspace(to, text, *request.mutable_id());
  return status.ok() ? call(to.manager(), method, request, response, deadline)
                     : status;
}

/// The whole of a verb that says nothing when it is done: such a call about
/// its first operand.
template <class Request, class Response>
int change_workspace(session& run,
                     grpc::Status (wsman::WorkspaceManager::Stub::*method)(
                       grpc::ClientContext*, const Request&, Response*),
                     Request request) {
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  Response response;
  auto status
    = call_about(*to, run.given.operands[0], method, request, response);
  return status.ok() ? +exit_ok : run.failed(status);
}

} // namespace berth::cli
