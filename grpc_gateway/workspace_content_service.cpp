#include "grpc_gateway/workspace_content_service.hpp"

#include "actors/ask.hpp"
#include "grpc_gateway/convert/content_session.hpp"
#include "grpc_gateway/convert/workspace_spec.hpp"
#include "grpc_gateway/convert/workspace_status.hpp"
#include "grpc_gateway/patient_call.hpp"

namespace berth::gateway {

workspace_content_service::workspace_content_service(
  const settings& settings, front_door& door, content_sessions_actor sessions)
  : settings_(settings), door_(door), sessions_(std::move(sessions)) {}

grpc::ServerUnaryReactor* workspace_content_service::InitWorkspace(
  context* ctx, const wsdaemon::InitWorkspaceRequest* request,
  wsdaemon::InitWorkspaceResponse*) {
  return patient<done>(
    door_, "/wsdaemon.WorkspaceContentService/InitWorkspace", ctx, *request,
    [this, request](const answer<done>& to) {
      auto order = to_init_session(*request, settings_);
      if (!order)
        return to.refuse(order.error());
      order->to = to;
      tell_actor(sessions_, std::move(*order));
    },
    [](done) {});
}

template <class T, class Request, class ToMessage, class Fill>
grpc::ServerUnaryReactor*
workspace_content_service::about_one(const char* method, context* ctx,
                                     const Request* request,
                                     ToMessage to_message, Fill fill) {
  return patient<T>(
    door_, method, ctx, *request,
    [this, request, to_message](const answer<T>& to) {
      if (auto fine = check_id("id", request->id()); !fine)
        return to.refuse(fine.error());
      tell_actor(sessions_, to_message(*request, to));
    },
    std::move(fill));
}

grpc::ServerUnaryReactor* workspace_content_service::WaitForInit(
  context* ctx, const wsdaemon::WaitForInitRequest* request,
  wsdaemon::WaitForInitResponse*) {
  return about_one<done>(
    "/wsdaemon.WorkspaceContentService/WaitForInit", ctx, request,
    [](const auto& asked, const answer<done>& to) {
      return await_session{asked.id(), to};
    },
    [](done) {});
}

grpc::ServerUnaryReactor* workspace_content_service::IsWorkspaceExists(
  context* ctx, const wsdaemon::IsWorkspaceExistsRequest* request,
  wsdaemon::IsWorkspaceExistsResponse* response) {
  return about_one<session_found>(
    "/wsdaemon.WorkspaceContentService/IsWorkspaceExists", ctx, request,
    [](const auto& asked, const answer<session_found>& to) {
      return find_session{asked.id(), to};
    },
    [response](session_found found) { response->set_exists(found.exists); });
}

grpc::ServerUnaryReactor* workspace_content_service::TakeSnapshot(
  context* ctx, const wsdaemon::TakeSnapshotRequest* request,
  wsdaemon::TakeSnapshotResponse* response) {
  return about_one<snapshot_taken>(
    "/wsdaemon.WorkspaceContentService/TakeSnapshot", ctx, request,
    [](const auto& asked, const answer<snapshot_taken>& to) {
      return snapshot_session{asked.id(), asked.return_immediately(), to};
    },
    [response](snapshot_taken&& taken) {
      response->set_url(std::move(taken.url));
    });
}

grpc::ServerUnaryReactor* workspace_content_service::DisposeWorkspace(
  context* ctx, const wsdaemon::DisposeWorkspaceRequest* request,
  wsdaemon::DisposeWorkspaceResponse* response) {
  return about_one<session_disposed>(
    "/wsdaemon.WorkspaceContentService/DisposeWorkspace", ctx, request,
    [](const auto& asked, const answer<session_disposed>& to) {
      return dispose_session{asked.id(), asked.backup(), asked.backup_logs(),
                             to};
    },
    [response](const session_disposed& ended) {
      if (ended.repo)
        *response->mutable_git_status() = to_proto(*ended.repo);
    });
}

grpc::ServerUnaryReactor* workspace_content_service::BackupWorkspace(
  context* ctx, const wsdaemon::BackupWorkspaceRequest* request,
  wsdaemon::BackupWorkspaceResponse* response) {
  return about_one<backup_taken>(
    "/wsdaemon.WorkspaceContentService/BackupWorkspace", ctx, request,
    [](const auto& asked, const answer<backup_taken>& to) {
      return backup_session{asked.id(), to};
    },
    [response](backup_taken&& taken) {
      response->set_url(std::move(taken.url));
    });
}

} // namespace berth::gateway
