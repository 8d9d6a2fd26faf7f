#pragma once

#include "actors/resolve/api.hpp"
#include "grpc_gateway/front_door.hpp"
#include "model/settings.hpp"

#include <caf/actor_system.hpp>

#include "image-builder-api/imgbuilder.grpc.pb.h"

namespace berth::gateway {

/// `builder.ImageBuilder`. Methods that are not here answer UNIMPLEMENTED.
class image_builder_service final
  : public builder::ImageBuilder::CallbackService {
public:
  image_builder_service(caf::actor_system& system, const settings& settings,
                        front_door& door, resolver_actor resolver);

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  unary_reactor* ResolveBaseImage(context*,
                                  const builder::ResolveBaseImageRequest*,
                                  builder::ResolveBaseImageResponse*) override;
  unary_reactor*
  ResolveWorkspaceImage(context*, const builder::ResolveWorkspaceImageRequest*,
                        builder::ResolveWorkspaceImageResponse*) override;

private:
  caf::actor_system& system_;
  const settings& settings_;
  front_door& door_;
  resolver_actor resolver_;
};

} // namespace berth::gateway
