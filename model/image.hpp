#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth {

/// What of an OCI image's config a workspace uses.
struct image_config {
  std::vector<std::string> env; ///< "NAME=value"
  std::string user;             ///< as written in the image
  std::string working_dir;
  std::string container; ///< its label "berth.container"; empty: none
};

/// An image whose layers are unpacked on this node.
struct stored_image {
  std::string name;   ///< as imported, or the reference it was pulled by
  std::string digest; ///< sha256:<64 hex> of its manifest
  /// Directories below `<state_dir>/layers`, top-most first; each belongs to
  /// every image that names it.
  std::vector<std::string> layers;
  image_config config;
  uint64_t bytes = 0; ///< unpacked
  int64_t created_ns = 0;
  /// Whether it came from no registry: its name means nothing elsewhere.
  bool imported = false;
};

} // namespace berth
