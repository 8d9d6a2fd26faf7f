#pragma once

#include "app/berth-worker/build/buildah.hpp"
#include "core/worker_job.hpp"

#include <string>

namespace berth::worker {

/// What the result is called in the layer store.
inline constexpr auto built_name = "localhost/berth-result:latest";

/// Where buildah leaves the id that the layer store knows the result by.
std::string id_file(const build_image_job&);

/// Makes an OCI layout of the result at `job.out`, unless it is the one that is
/// known.
result<image_outcome> export_image(const buildah& from,
                                   const build_image_job& job);

} // namespace berth::worker
