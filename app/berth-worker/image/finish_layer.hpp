#pragma once

#include "app/berth-worker/image/merged_view.hpp"
#include "core/worker_job.hpp"

#include <string>

namespace berth::worker {

/// Whether `path` is among what `make_finish_layer` looks at in an image.
bool concerns_finish_layer(const std::string& path);

/// Makes below `out` the layer `finish-<hex>` that lies on top of an image and
/// holds what every workspace needs and the image lacks. Equal needs make an
/// equal name. An image whose mount points are no directories is refused with
/// `failed_precondition`.
result<unpacked_layer> make_finish_layer(const merged_view& image, int out);

} // namespace berth::worker
