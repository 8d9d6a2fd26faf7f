#include "grpc_gateway/image_builder_service.hpp"

#include "grpc_gateway/convert/build_source.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/patient_call.hpp"

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

/// More than a registry gets that is tried again and again.
constexpr auto resolve_deadline = 5min;

} // namespace

image_builder_service::image_builder_service(caf::actor_system& system,
                                             const settings& settings,
                                             front_door& door,
                                             resolver_actor resolver)
  : system_(system), settings_(settings), door_(door),
    resolver_(std::move(resolver)) {}

grpc::ServerUnaryReactor* image_builder_service::ResolveBaseImage(
  context* ctx, const builder::ResolveBaseImageRequest* request,
  builder::ResolveBaseImageResponse* response) {
  return patient<resolved_reference>(
    door_, "/builder.ImageBuilder/ResolveBaseImage", ctx, *request,
    [this, request](const answer<resolved_reference>& to) {
      ask(system_, resolver_,
          resolve_reference{request->ref(), to_build_auth(request->auth()),
                            request->use_retry_client()},
          resolve_deadline, to);
    },
    [response](resolved_reference&& found) {
      response->set_ref(std::move(found.reference));
    });
}

grpc::ServerUnaryReactor* image_builder_service::ResolveWorkspaceImage(
  context* ctx, const builder::ResolveWorkspaceImageRequest* request,
  builder::ResolveWorkspaceImageResponse* response) {
  return patient<workspace_image_found>(
    door_, "/builder.ImageBuilder/ResolveWorkspaceImage", ctx, *request,
    [this, request](const answer<workspace_image_found>& to) {
      if (!request->has_source())
        return to.refuse(ec::invalid_argument, "build source is missing");
      auto source = to_build_source(request->source(), "", settings_);
      if (!source)
        return to.refuse(source.error());
      ask(system_, resolver_,
          resolve_workspace_image{std::move(*source),
                                  to_build_auth(request->auth()),
                                  request->use_retry_client()},
          resolve_deadline, to);
    },
    [response](workspace_image_found&& found) {
      response->set_ref(std::move(found.reference));
      response->set_base_ref(std::move(found.base_reference));
      response->set_status(found.exists ? builder::done_success
                                        : builder::unknown);
    });
}

} // namespace berth::gateway
