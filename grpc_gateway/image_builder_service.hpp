#pragma once

#include "actors/builds/api.hpp"
#include "actors/resolve/api.hpp"
#include "grpc_gateway/front_door.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "model/settings.hpp"

#include <caf/actor_system.hpp>

#include "image-builder-api/imgbuilder.grpc.pb.h"

namespace berth::gateway {

/// `builder.ImageBuilder`: questions go to the resolver, builds to their
/// registry.
class image_builder_service final
  : public builder::ImageBuilder::CallbackService {
public:
  image_builder_service(caf::actor_system& system, const settings& settings,
                        front_door& door, resolver_actor resolver,
                        build_registry_actor builds);

  static constexpr size_t max_streams = 1024; ///< Build and Logs

  /// Ends every stream, now and in future.
  void close_streams(const grpc::Status& why) { streams_.close_all(why); }

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  unary_reactor* ResolveBaseImage(context*,
                                  const builder::ResolveBaseImageRequest*,
                                  builder::ResolveBaseImageResponse*) override;
  unary_reactor*
  ResolveWorkspaceImage(context*, const builder::ResolveWorkspaceImageRequest*,
                        builder::ResolveWorkspaceImageResponse*) override;
  grpc::ServerWriteReactor<builder::BuildResponse>*
  Build(context*, const builder::BuildRequest*) override;
  grpc::ServerWriteReactor<builder::LogsResponse>*
  Logs(context*, const builder::LogsRequest*) override;
  unary_reactor* ListBuilds(context*, const builder::ListBuildsRequest*,
                            builder::ListBuildsResponse*) override;

private:
  caf::actor_system& system_;
  const settings& settings_;
  front_door& door_;
  resolver_actor resolver_;
  build_registry_actor builds_;
  open_streams streams_{max_streams};
};

} // namespace berth::gateway
