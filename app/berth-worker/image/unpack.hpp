#pragma once

#include "app/berth-worker/image/layout.hpp"

#include <set>
#include <string>

namespace berth::worker {

/// Unpacks the image of the OCI layout at `layout` into `out`, each layer into
/// a directory named by its diff id, and makes the finish layer. Layers in
/// `have` are read, which checks them, but not written. Every digest is
/// recomputed.
result<unpack_outcome> unpack_layout(int layout, int out,
                                     const std::set<std::string>& have);

/// Reads the layers of the same, and compares their digests and lengths, packed
/// and unpacked, with what manifest and config say.
result<void> verify_layers(int layout, const image_description&);

/// Unpacks a tar of a root file system: an image of one layer without a config.
result<unpack_outcome> unpack_rootfs(int archive_fd, int out);

} // namespace berth::worker
