#pragma once

#include "actors/builds/api.hpp"
#include "model/build_record.hpp"
#include "model/settings.hpp"

#include "image-builder-api/imgbuilder.pb.h"

namespace berth::gateway {

/// Checks a request; where its paths lead is seen when the context is there.
result<build_request> to_build_request(const builder::BuildRequest&,
                                       const settings&);

/// A build as clients see it: its image by digest once it is there.
builder::BuildInfo to_build_info(const build_record&);

builder::BuildResponse to_build_response(const build_record&);

} // namespace berth::gateway
