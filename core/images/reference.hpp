#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth {

/// Where an image is, in full: `docker.io/library/debian:12`.
struct image_reference {
  std::string registry;   ///< host, or host:port
  std::string repository; ///< path below it
  std::string tag;        ///< empty if there is a digest and no tag
  std::string digest;     ///< sha256:<64 hex>, or empty

  /// The reference as one text; equal for all ways to write the same one.
  std::string canonical() const;
  /// Whether its registry can only be in this network: a bare host name or an
  /// address. Such a one is asked only if it is configured.
  bool is_internal() const;
  bool operator==(const image_reference&) const = default;
};

/// Reads what people write: `debian` is `docker.io/library/debian:latest`.
/// `invalid_argument` for anything outside the grammar of the distribution
/// specification (a scheme, upper case in the path, a leading dash, white
/// space, another digest than sha256, more than 255 characters of name).
result<image_reference> parse_image_reference(std::string_view text);

/// Whether images called so are kept on this node and at no registry.
bool is_local_repository(std::string_view repository);

} // namespace berth
