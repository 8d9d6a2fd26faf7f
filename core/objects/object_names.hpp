#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// How objects are called, as every part of the platform expects it:
///
///   gitpod-user-<owner>                     a bucket
///     workspaces/<meta id>/full.tar.zst     the newest backup
///     workspaces/<meta id>/trail-<ns>.tar.zst      every kept backup
///     workspaces/<meta id>/snapshot-<ns>.tar.zst   a snapshot
///     workspaces/<meta id>/instances/<instance>/logs/<task>   output of a
///                                                  prebuild's task
///
/// Plain `.tar` and `.tar.gz` are read too: others write them.
namespace berth {

/// Whose objects: what lives on from instance to instance.
struct object_owner {
  std::string owner;
  std::string meta_id;
  bool operator==(const object_owner&) const = default;
};

struct object_name {
  object_owner of;
  std::string file; ///< last part of the key

  std::string bucket() const;
  std::string key() const;
  /// `<key>@<bucket>`: what clients pass around.
  std::string qualified() const;
  bool operator==(const object_name&) const = default;
};

/// The name a finished backup is known by, whatever its generation.
inline constexpr std::string_view backup_file = "full.tar.zst";

/// Names with a time in them: unique while no two are taken in one nanosecond.
std::string snapshot_file(int64_t unix_ns);
std::string trail_file(int64_t unix_ns);

std::string log_file(const std::string& instance, const std::string& task);

/// Whether `file` is one of the names above.
bool is_backup_file(std::string_view file);
bool is_trail_file(std::string_view file);
bool is_snapshot_file(std::string_view file);

/// `invalid_argument` unless owner and meta id are valid ids.
result<void> check_object_owner(const object_owner&);

/// `invalid_argument` unless it names an archive in a bucket of ours.
result<object_name> parse_object_name(std::string_view qualified);

} // namespace berth
