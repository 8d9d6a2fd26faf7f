#pragma once

#include "model/workspace.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// Where a content session stands. One that has ended is not there any more.
enum class session_phase : uint8_t {
  initializing,
  ready,
  disposing,
  disposed, ///< safe elsewhere or given up: what is left of it may be deleted
};

std::string to_string(session_phase);
/// Nothing for what is no phase.
std::optional<session_phase> session_phase_from_string(std::string_view);

/// A content of this node that no workspace of this node uses: somebody else's
/// manager asked for it by an instance id and disposes of it.
struct session_record {
  std::string id;
  std::string owner;
  std::string meta_id;
  session_phase phase = session_phase::initializing;
  bool content_ready = false;    ///< it was, at least once; worth a backup
  std::string checkout_location; ///< whose git status is reported
  bool remote_storage_disabled = false;
  uint64_t storage_quota_bytes = 0; ///< as asked for; 0: none
  // What the disposal that is going on was asked for.
  bool backup = false;
  bool backup_logs = false;
  std::optional<git_status> repo; ///< what it found
  wall_time created_at{};
};

using session_ptr = std::shared_ptr<const session_record>;

} // namespace berth
