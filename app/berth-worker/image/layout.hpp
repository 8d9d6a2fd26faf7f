#pragma once

#include "core/worker_job.hpp"

#include <string>
#include <vector>

namespace berth::worker {

struct layer_blob {
  std::string digest_hex;  ///< of the blob, packed
  std::string diff_id_hex; ///< of the tar, unpacked
  uint64_t bytes = 0;
};

/// An image for this machine, as its manifest and config describe it.
struct image_description {
  std::string digest; ///< sha256:... of the manifest
  image_config config;
  std::vector<layer_blob> layers; ///< bottom-most first, as in the manifest
};

/// Reads an OCI layout at the directory `layout`. Each document's digest is
/// recomputed; anything malformed is `data_loss`, no image for this machine
/// `failed_precondition`.
result<image_description> read_layout(int layout);

/// Opens the blob; its digest is for the reader to check.
result<int> open_blob(int layout, const std::string& hex);

} // namespace berth::worker
