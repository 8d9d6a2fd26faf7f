#include "grpc_gateway/image_builder_service.hpp"

#include "actors/ask.hpp"
#include "grpc_gateway/build_log_stream.hpp"
#include "grpc_gateway/build_stream.hpp"
#include "grpc_gateway/convert/build.hpp"
#include "grpc_gateway/convert/build_source.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/patient_call.hpp"
#include "grpc_gateway/refused_stream.hpp"

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

/// More than a registry gets that is tried again and again.
constexpr auto resolve_deadline = 5min;
constexpr auto list_deadline = 30s;

grpc::Status too_many_builders() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          "too many Build and Logs streams are open"};
}

} // namespace

image_builder_service::image_builder_service(caf::actor_system& system,
                                             const settings& settings,
                                             front_door& door,
                                             resolver_actor resolver,
                                             build_registry_actor builds)
  : system_(system), settings_(settings), door_(door),
    resolver_(std::move(resolver)), builds_(std::move(builds)) {}

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

grpc::ServerWriteReactor<builder::BuildResponse>*
image_builder_service::Build(context*, const builder::BuildRequest* request) {
  using refused_build
    = refused_stream<grpc::ServerWriteReactor<builder::BuildResponse>>;
  auto what = to_build_request(*request, settings_);
  if (!what)
    return new refused_build{to_status(what.error())};
  return opened<refused_build>(
    [&]() -> build_stream* {
      auto stream = std::make_shared<build_stream>();
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      // The build may go on when gRPC is done with us.
      auto tell = [weak = std::weak_ptr{stream}](result<build_record> told) {
        if (auto open = weak.lock())
          open->offer(told);
      };
      tell_actor(builds_, start_build{std::move(*what), std::move(tell)});
      return stream.get();
    },
    too_many_builders());
}

grpc::ServerWriteReactor<builder::LogsResponse>*
image_builder_service::Logs(context*, const builder::LogsRequest* request) {
  using refused_logs
    = refused_stream<grpc::ServerWriteReactor<builder::LogsResponse>>;
  return opened<refused_logs>(
    [&]() -> build_log_stream* {
      auto stream = std::make_shared<build_log_stream>(builds_, *request);
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      return stream.get();
    },
    too_many_builders());
}

grpc::ServerUnaryReactor*
image_builder_service::ListBuilds(context* ctx,
                                  const builder::ListBuildsRequest* request,
                                  builder::ListBuildsResponse* response) {
  return unary<build_list>(
    door_, "/builder.ImageBuilder/ListBuilds", ctx, *request,
    [this](const answer<build_list>& to) {
      ask(system_, builds_, list_builds{}, list_deadline, to);
    },
    [response](const build_list& found) {
      for (const auto& each : found.builds)
        *response->add_builds() = to_build_info(each);
    });
}

} // namespace berth::gateway
