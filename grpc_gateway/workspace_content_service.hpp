#pragma once

#include "actors/sessions/api.hpp"
#include "grpc_gateway/front_door.hpp"
#include "model/settings.hpp"

#include "ws-daemon-api/daemon.grpc.pb.h"

namespace berth::gateway {

/// `wsdaemon.WorkspaceContentService`: each call becomes one message to the
/// sessions. A caller who goes is let go, its work is not.
class workspace_content_service final
  : public wsdaemon::WorkspaceContentService::CallbackService {
public:
  workspace_content_service(const settings& settings, front_door& door,
                            content_sessions_actor sessions);

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  unary_reactor* InitWorkspace(context*, const wsdaemon::InitWorkspaceRequest*,
                               wsdaemon::InitWorkspaceResponse*) override;
  unary_reactor* WaitForInit(context*, const wsdaemon::WaitForInitRequest*,
                             wsdaemon::WaitForInitResponse*) override;
  unary_reactor*
  IsWorkspaceExists(context*, const wsdaemon::IsWorkspaceExistsRequest*,
                    wsdaemon::IsWorkspaceExistsResponse*) override;
  unary_reactor* TakeSnapshot(context*, const wsdaemon::TakeSnapshotRequest*,
                              wsdaemon::TakeSnapshotResponse*) override;
  unary_reactor* DisposeWorkspace(context*,
                                  const wsdaemon::DisposeWorkspaceRequest*,
                                  wsdaemon::DisposeWorkspaceResponse*) override;
  unary_reactor* BackupWorkspace(context*,
                                 const wsdaemon::BackupWorkspaceRequest*,
                                 wsdaemon::BackupWorkspaceResponse*) override;

private:
  /// A call about one session: `to_message` makes what is sent of its answer.
  template <class T, class Request, class ToMessage, class Fill>
  unary_reactor* about_one(const char* method, context*, const Request*,
                           ToMessage to_message, Fill fill);

  const settings& settings_;
  front_door& door_;
  content_sessions_actor sessions_;
};

} // namespace berth::gateway
