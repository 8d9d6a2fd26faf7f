#pragma once

#include "model/build.hpp"
#include "model/workspace.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// How far an image build has come. Each is stored before it begins.
enum class build_phase : uint8_t {
  resolving, ///< accepted; it waits for its turn
  fetching,  ///< of the context and of the images that the Dockerfile names
  building,
  composing, ///< the image workspaces run is made of what was built
  pushing,
  done_success,
  done_failure,
};

std::string to_string(build_phase);
std::optional<build_phase> build_phase_from_string(std::string_view);

constexpr bool is_done(build_phase phase) {
  return phase >= build_phase::done_success;
}

/// What a build needs to be made again by another berthd, but for passwords:
/// `source` has no `secrets`, `auth` nothing `additional`.
struct build_recipe {
  build_source source;
  build_auth auth;
  bool use_retry_client = false;
  bool had_secrets = false; ///< without which it cannot be made again
};

/// One image build, as it is stored and told. It holds no password; its recipe
/// has the URLs of its context as they were given.
struct build_record {
  std::string id;
  std::string owner;          ///< who asked for it; may be empty
  std::string reference;      ///< of the workspace image, by tag
  std::string base_reference; ///< what it is based on
  build_phase phase = build_phase::resolving;
  std::string message;
  std::string digest; ///< sha256:... of the workspace image, once it is there
  std::string cache_key; ///< of the layers it may use; empty: none
  std::string join_key;  ///< of those whose requests it serves
  wall_time started_at{};
  wall_time ended_at{};
  uint32_t interruptions = 0; ///< how often berthd ended before it did
  std::shared_ptr<const build_recipe> recipe; ///< until it is done
};

} // namespace berth
