#pragma once

#include "model/build.hpp"
#include "model/error.hpp"
#include "model/settings.hpp"

#include <string>

#include "image-builder-api/imgbuilder.pb.h"

namespace berth::gateway {

/// What a build shall start from, checked in itself; where the paths lead is
/// seen when the content is there. `owner`: whose snapshots its initializer may
/// read; empty: nobody's.
result<build_source> to_build_source(const builder::BuildSource& source,
                                     const std::string& owner,
                                     const settings& all);

/// Whose credentials the caller may use; of a missing message: nobody's.
build_auth to_build_auth(const builder::BuildRegistryAuth& auth);

} // namespace berth::gateway
