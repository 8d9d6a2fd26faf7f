#pragma once

#include "model/container_kind.hpp"
#include "model/phase.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth {

using duration = std::chrono::nanoseconds;
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;
/// Time since the machine booted; see `berth::sys::since_boot`.
using boot_time = std::chrono::nanoseconds;

/// The numbers are those of `wsman.WorkspaceType`.
enum class workspace_type : uint8_t {
  regular = 0,
  prebuild = 1,
  probe = 2,
  ghost = 3,
  imagebuild = 4,
};

struct env_var {
  std::string name;
  std::string value;
  bool operator==(const env_var&) const = default;
};

struct exposed_port {
  uint32_t number = 0;
  bool is_public = false;
  bool https = false;
  bool operator==(const exposed_port&) const = default;
};

/// A repository that an initializer clones, as whoever mirrors it must know it.
struct cloned_repository {
  std::string url;
  std::string user;
  std::string secret; ///< where its password is among the secrets; empty: none
  bool operator==(const cloned_repository&) const = default;
};

/// What a client asked for, checked. After admission only `ports`,
/// `admit_everyone`, `ssh_keys` and the timeouts change.
struct workspace_spec {
  std::string id;      ///< instance id
  std::string owner;   ///< storage is keyed by owner and meta id
  std::string meta_id; ///< what lives on from instance to instance
  std::string service_prefix;
  std::optional<std::string> team;
  std::optional<std::string> project;
  std::map<std::string, std::string> annotations;
  workspace_type type = workspace_type::regular;

  std::string image; ///< as the client wrote it
  std::string ide_web_ref;
  std::string ide_supervisor_ref;
  std::vector<std::string> ide_layers;
  std::string class_id; ///< the class in force, after fallback
  std::vector<uint32_t> feature_flags;

  std::string workspace_location; ///< below /workspace
  /// Where repositories are checked out, below /workspace; the first one is
  /// the one whose git status is reported.
  std::vector<std::string> checkout_locations;
  /// A serialized `contentservice.WorkspaceInitializer` whose passwords were
  /// replaced by `extracted-secret/<path>`.
  std::string initializer;
  bool initializer_is_empty = false; ///< it asks for nothing
  /// Qualified names of the stored archives that the initializer reads: those
  /// that must be there, and those that a prebuild can do without.
  std::vector<std::string> snapshots;
  std::vector<std::string> prebuilds;
  /// Directories of this node that its file:// URLs name.
  std::vector<std::string> local_repositories;
  /// Those it clones over a network, with credentials that can be used again.
  std::vector<cloned_repository> repositories;

  std::vector<env_var> env;     ///< the user's
  std::vector<env_var> sys_env; ///< the platform's
  std::string git_user_name;
  std::string git_user_email;

  std::optional<duration> timeout;
  std::optional<duration> closed_timeout;
  std::optional<duration> max_lifetime;
  bool admit_everyone = false;
  std::vector<exposed_port> ports;
  std::vector<std::string> ssh_keys;

  bool is_headless() const { return type != workspace_type::regular; }
};

/// What a start needs and nothing may keep: passwords of an initializer by
/// their path in it (`initializer.git`, ...), values of protected variables by
/// their place among the user's (`env.0`, ...). Never in the database, a log
/// or a container spec; forgotten once the workspace runs.
using initializer_secrets = std::map<std::string, std::string>;

/// What happened to a workspace. Texts are empty until their condition is met
/// and never change or empty afterwards.
struct workspace_conditions {
  std::string failed;
  std::string timeout;
  std::string headless_task_failed;
  std::string snapshot; ///< qualified name, once it is restorable
  bool deployed = false;
  bool pulling_images = false;
  bool network_not_ready = false;
  bool content_ready = false; ///< initialized at least once; worth a backup
  bool ever_ready = false;
  bool stopped_by_request = false;
  bool aborted = false;
  bool closed = false;
  bool final_backup_complete = false;
  bool backup_failed = false;
  std::optional<wall_time> first_user_activity;
};

/// `contentservice.GitStatus`.
struct git_status {
  std::string branch;
  std::string latest_commit;
  std::vector<std::string> uncommitted_files;
  std::vector<std::string> untracked_files;
  std::vector<std::string> unpushed_commits;
  int64_t total_uncommitted_files = 0;
  int64_t total_untracked_files = 0;
  int64_t total_unpushed_commits = 0;
};

/// One entry of `InitializerMetrics`; `kind` is `git`, `fileDownload`,
/// `snapshot`, `fromBackup`, `prebuild` or `composite`.
struct initializer_metric {
  std::string kind;
  duration took{};
  uint64_t bytes = 0;
};

/// The container of a running workspace, as a restart must find it again.
struct container_ref {
  int32_t pid = 0;
  /// Field 22 of /proc/PID/stat: tells a process from a later one of the same
  /// number.
  uint64_t start_time = 0;
};

/// When things happened, for whoever measures how long they take: a jump of
/// the system's time makes no difference between two of them wrong.
struct workspace_ticks {
  std::string boot; ///< which boot of the machine the others count from
  boot_time created{};
  boot_time phase{}; ///< when the current phase began
  std::optional<boot_time> active;
};

/// All that is known of one instance. A value: whoever holds a pointer to one
/// sees it as it was when its version was stored.
struct workspace_record {
  workspace_spec spec;
  uint64_t version = 0; ///< +1 with every stored change; never goes back
  berth::phase phase = berth::phase::pending;
  workspace_conditions conditions;
  std::string message; ///< what is going on, for people
  std::string url;
  std::string owner_token;
  /// Which uid range and which subnet are this workspace's: index into both
  /// pools, unique among the records that are not stopped.
  uint32_t slot = 0;
  /// The ghost whose container this workspace took over; empty: its own.
  std::string taken_over;
  std::string image_digest;                  ///< sha256:... once resolved
  std::vector<std::string> image_layers;     ///< held for as long as it runs
  container_kind kind = container_kind::own; ///< chosen with the image
  container_ref container;
  std::string node_name; ///< empty until the container exists, then kept
  std::string node_ip;
  workspace_ticks ticks;
  // What people read: by the system's time, which may jump.
  wall_time created_at{};
  std::optional<wall_time> running_since;
  std::optional<wall_time> stopping_since;
  std::optional<wall_time> stopped_at;
  std::optional<wall_time> last_activity;
  std::optional<duration> stop_grace; ///< of the stop that was asked for
  std::optional<git_status> repo;
  std::vector<initializer_metric> initializer_metrics;
  uint64_t image_bytes = 0;

  /// What the runtime knows this workspace's container by.
  const std::string& container_id() const {
    return taken_over.empty() ? spec.id : taken_over;
  }
  /// Its content is not yet, but has to be, safe elsewhere before it may go.
  bool owes_backup() const;
};

using record_ptr = std::shared_ptr<const workspace_record>;

/// Which records somebody wants to see; an empty one matches all.
struct metadata_filter {
  std::string owner;
  std::string meta_id;
  std::map<std::string, std::string> annotations;

  bool matches(const workspace_spec&) const;
};

} // namespace berth
