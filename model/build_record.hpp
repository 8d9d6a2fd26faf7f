#pragma once

#include "model/workspace.hpp"

#include <cstdint>
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

/// One image build, as it is stored and told. It holds no secret.
struct build_record {
  std::string id;
  std::string owner;          ///< who asked for it; may be empty
  std::string reference;      ///< of the workspace image, by tag
  std::string base_reference; ///< what it is based on
  build_phase phase = build_phase::resolving;
  std::string message;
  std::string digest; ///< sha256:... of the workspace image, once it is there
  std::string cache_key; ///< of the layers it may use; empty: none
  wall_time started_at{};
  wall_time ended_at{};
};

} // namespace berth
