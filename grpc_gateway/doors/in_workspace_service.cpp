#include "grpc_gateway/doors/in_workspace_service.hpp"

#include "grpc_gateway/convert/in_workspace.hpp"
#include "grpc_gateway/doors/workspace_call.hpp"

namespace berth::gateway {

namespace {

template <class Request>
unmount_nested unmount_of(nested_fs type, const Request& request) {
  return {type, request.pid(), request.target(), {}};
}

} // namespace

template <class Message, class Request>
grpc::ServerUnaryReactor* in_workspace_service::pass_on(context* ctx,
                                                        const Request& request,
                                                        Message message) {
  return ask_workspace<done>(book_, open_, ctx, request, std::move(message),
                             [](done) {});
}

/// The method is always the one that upstream calls so, whatever is mounted.
grpc::ServerUnaryReactor* in_workspace_service::PrepareForUserNS(
  context* ctx, const iws::PrepareForUserNSRequest* request,
  iws::PrepareForUserNSResponse* response) {
  response->set_fs_shift(iws::SHIFTFS);
  return pass_on(ctx, *request, prepare_for_userns{});
}

grpc::ServerUnaryReactor*
in_workspace_service::WriteIDMapping(context* ctx,
                                     const iws::WriteIDMappingRequest* request,
                                     iws::WriteIDMappingResponse*) {
  return pass_on(
    ctx, *request,
    write_id_mapping{request->pid(), request->gid(), to_id_map(*request), {}});
}

grpc::ServerUnaryReactor*
in_workspace_service::EvacuateCGroup(context* ctx,
                                     const iws::EvacuateCGroupRequest* request,
                                     iws::EvacuateCGroupResponse*) {
  return pass_on(ctx, *request, evacuate_cgroup{});
}

grpc::ServerUnaryReactor* in_workspace_service::MountProc(
  context* ctx, const iws::MountProcRequest* request, iws::MountProcResponse*) {
  return pass_on(ctx, *request, to_mount(nested_fs::proc, *request));
}

grpc::ServerUnaryReactor*
in_workspace_service::UmountProc(context* ctx,
                                 const iws::UmountProcRequest* request,
                                 iws::UmountProcResponse*) {
  return pass_on(ctx, *request, unmount_of(nested_fs::proc, *request));
}

grpc::ServerUnaryReactor* in_workspace_service::MountSysfs(
  context* ctx, const iws::MountProcRequest* request, iws::MountProcResponse*) {
  return pass_on(ctx, *request, to_mount(nested_fs::sysfs, *request));
}

grpc::ServerUnaryReactor*
in_workspace_service::UmountSysfs(context* ctx,
                                  const iws::UmountProcRequest* request,
                                  iws::UmountProcResponse*) {
  return pass_on(ctx, *request, unmount_of(nested_fs::sysfs, *request));
}

grpc::ServerUnaryReactor* in_workspace_service::MountNfs(
  context* ctx, const iws::MountNfsRequest* request, iws::MountNfsResponse*) {
  return pass_on(ctx, *request, to_mount(*request));
}

grpc::ServerUnaryReactor* in_workspace_service::UmountNfs(
  context* ctx, const iws::UmountNfsRequest* request, iws::UmountNfsResponse*) {
  return pass_on(ctx, *request, unmount_of(nested_fs::nfs, *request));
}

grpc::ServerUnaryReactor*
in_workspace_service::Teardown(context* ctx,
                               const iws::TeardownRequest* request,
                               iws::TeardownResponse* response) {
  return ask_workspace<torn_down>(
    book_, open_, ctx, *request, tear_down{},
    [response](torn_down is) { response->set_success(is.success); });
}

grpc::ServerUnaryReactor*
in_workspace_service::WipingTeardown(context* ctx,
                                     const iws::WipingTeardownRequest* request,
                                     iws::WipingTeardownResponse* response) {
  return ask_workspace<torn_down>(
    book_, open_, ctx, *request, tear_down_wiping{request->do_wipe(), {}},
    [response](torn_down is) { response->set_success(is.success); });
}

grpc::ServerUnaryReactor*
in_workspace_service::SetupPairVeths(context* ctx,
                                     const iws::SetupPairVethsRequest* request,
                                     iws::SetupPairVethsResponse*) {
  return pass_on(ctx, *request, set_up_pair_veths{request->pid(), {}});
}

grpc::ServerUnaryReactor*
in_workspace_service::WorkspaceInfo(context* ctx,
                                    const iws::WorkspaceInfoRequest* request,
                                    iws::WorkspaceInfoResponse* response) {
  return tell_usage(book_, open_, ctx, request, response);
}

} // namespace berth::gateway
