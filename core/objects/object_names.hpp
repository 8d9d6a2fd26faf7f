#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// How objects are called, as every part of the platform expects it:
///
///   gitpod-user-<owner>                     a bucket of each owner's
///     workspaces/<meta id>/full.tar.zst     the newest backup
///     workspaces/<meta id>/trail-<ns>.tar.zst      every kept backup
///     workspaces/<meta id>/trail-<ns>.inc.zst      one that needs earlier ones
///     workspaces/<meta id>/snapshot-<ns>.tar.zst   a snapshot
///     workspaces/<meta id>/instances/<instance>/logs/<task>   output of a
///                                                  prebuild's task
///
/// In a bucket that all owners share, each key begins with `<owner>/`. Plain
/// `.tar` and `.tar.gz` are read too: others write them.
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
  bool operator==(const object_name&) const = default;
};

/// Which buckets a storage has: one that all owners share, or one for each.
/// Names mean something only together with it.
class bucket_scheme {
public:
  /// Empty: a bucket for each owner. This is what `storage.bucket` of the
  /// settings says, for every kind of storage.
  explicit bucket_scheme(std::string shared = "")
    : shared_(std::move(shared)) {}

  std::string bucket(const object_name&) const;
  std::string key(const object_name&) const;
  /// `<key>@<bucket>`: what clients pass around.
  std::string qualified(const object_name&) const;

  /// `invalid_argument` unless it names an archive in a bucket of this scheme.
  result<object_name> parse(std::string_view qualified) const;

private:
  std::string shared_;
};

/// The name a finished backup is known by, whatever its generation.
inline constexpr std::string_view backup_file = "full.tar.zst";

/// Names with a time in them: unique while no two are taken in one nanosecond.
std::string snapshot_file(int64_t unix_ns);
/// `is_partial`: it needs other objects to be whole.
std::string trail_file(int64_t unix_ns, bool is_partial = false);

std::string log_file(const std::string& instance, const std::string& task);

/// Whether `file` is one of the names above.
bool is_backup_file(std::string_view file);
bool is_trail_file(std::string_view file);
bool is_snapshot_file(std::string_view file);
bool is_partial_file(std::string_view file);

/// `invalid_argument` unless owner and meta id are valid ids.
result<void> check_object_owner(const object_owner&);

} // namespace berth
