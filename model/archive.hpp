#pragma once

#include "model/workspace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// Why content is archived. What is final is read when nothing writes to it
/// any more; the others are of a workspace that goes on.
enum class archive_purpose : uint8_t {
  final_backup,
  backup,
  snapshot,
  final_snapshot, ///< of a prebuild
};

/// Becomes an object of its own name, not the newest backup.
constexpr bool is_snapshot(archive_purpose purpose) {
  return purpose == archive_purpose::snapshot
         || purpose == archive_purpose::final_snapshot;
}

constexpr bool is_final(archive_purpose purpose) {
  return purpose == archive_purpose::final_backup
         || purpose == archive_purpose::final_snapshot;
}

std::string to_string(archive_purpose);
std::optional<archive_purpose> archive_purpose_from_string(std::string_view);

/// How far an archive has come. Each is on disk before the next one begins.
enum class archive_phase : uint8_t {
  intended,
  viewed,    ///< a copy of the content at one moment is on this machine
  packed,    ///< the archive is complete on this machine
  published, ///< it is in the storage
};

std::string to_string(archive_phase);
std::optional<archive_phase> archive_phase_from_string(std::string_view);

/// An object of the storage that another one needs to be whole.
struct archive_part {
  std::string file; ///< last part of its key
  uint64_t bytes = 0;
  bool operator==(const archive_part&) const = default;
};

/// All that is needed to go on with an archive after a crash.
struct archive_record {
  /// Also the name of its view and of its staged file.
  std::string id;
  std::string instance, owner, meta_id;
  uint32_t slot = 0;     ///< the id range its workers run in
  std::string container; ///< frozen while it is copied; empty: none runs
  archive_purpose purpose = archive_purpose::final_backup;
  int64_t created_ns = 0; ///< its object is named by it
  std::string checkout_location;
  bool with_logs = false;
  std::string directory; ///< where the content is; empty: where contents are

  archive_phase phase = archive_phase::intended;
  bool has_view = false;
  bool consistent = true; ///< nothing wrote while it was read
  int64_t waited_ns = 0;  ///< for a storage that is down, in all
  // Since it was packed:
  uint64_t bytes = 0;
  std::string sha256;
  uint64_t entries = 0;
  std::optional<git_status> repo;
  bool has_pieces = false; ///< it ends with a table of its pieces
  /// Of which some are in these; else it is a tar by itself.
  std::vector<archive_part> needs;
};

} // namespace berth
