#pragma once

#include "model/container_kind.hpp"
#include "model/resource_limits.hpp"
#include "model/workspace.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// Resources of a workspace class. Zero means "no limit".
struct workspace_class {
  std::string id;
  std::string display_name;
  std::string description;
  float credits_per_minute = 0;
  uint64_t cpu_min_millis = 0;   ///< guaranteed thousandths of a core
  uint64_t cpu_burst_millis = 0; ///< at most so many thousandths of a core
  uint64_t memory_bytes = 0;
  uint64_t storage_bytes = 0;
  uint64_t pids = 0;
  /// Whether `cpu_burst_millis` is for when the node has cores to spare, and
  /// `cpu_min_millis`, or what `cpu_buckets` say, for any time.
  bool cpu_on_demand = false;
  std::vector<cpu_bucket> cpu_buckets;
  io_limits io;
  connection_limit connections;
  bool priorities = false; ///< init, supervisor and IDE go before the rest
  bool pressure = false;   ///< how long it waits for resources is told
  /// What its workspaces run in; nothing: what their image's label says.
  std::optional<container_kind> container = container_kind::own;
};

struct tls_settings {
  std::filesystem::path ca, cert, key;
  bool require_client_cert = true;

  bool enabled() const { return !ca.empty() && !cert.empty() && !key.empty(); }
};

/// A token bucket for one gRPC method (spec: capacity `burst`, starts full,
/// one token more every `refill`).
struct rate_limit {
  uint32_t burst = 0;
  duration refill{};
  bool block = false;           ///< wait for a token instead of refusing
  std::vector<std::string> key; ///< dotted proto field paths; one bucket each
  uint32_t key_cache = 0;       ///< how many buckets are remembered
};

struct registry_settings {
  bool insecure = false; ///< plain HTTP allowed
  std::filesystem::path auth_file;
};

struct timeout_settings {
  duration regular, after_close, headless, max_lifetime, startup,
    initialization, content_finalization, stopping, interrupted;
  duration stopped_retention; ///< how long a STOPPED record stays visible
};

struct shared_secret {
  std::string value;
  bool for_every_type = false; ///< of workspaces; else for image builds
};

/// What `berthd` was told, checked and with every default filled in.
/// `proto/berth/v1/config.proto` documents each field.
struct settings {
  struct {
    std::string name;
    std::filesystem::path state_dir, run_dir;
  } node;
  struct {
    std::string address;
    std::filesystem::path unix_socket;
    tls_settings tls;
    std::map<std::string, rate_limit> rate_limits; ///< by full method name
  } grpc;
  struct {
    std::string address;
  } http;
  struct {
    std::string authorize_path, workspace_url, port_url, host;
    std::string ssh_ca_public_key; ///< one line; empty: none
  } ingress;
  struct {
    std::string kind;           ///< "file" or "s3"
    std::filesystem::path path; ///< kind "file"; the rest up to path_style: s3
    std::string endpoint, region, bucket; ///< one bucket; empty: one an owner
    std::filesystem::path access_key_file, secret_key_file;
    bool path_style = true;
    std::filesystem::path ca_file;   ///< empty: the system's authorities
    uint32_t backup_generations = 3; ///< earlier final backups that are kept
  } storage;
  struct {
    std::map<std::string, registry_settings> registries;
    std::string base_repository, workspace_repository;
    std::string default_image;
  } images;
  struct {
    std::filesystem::path oci_runtime, conmon, helper_dir;
    uint32_t uid_start = 1'000'000;
    uint32_t uid_size = 655'360'000;
    uint32_t subnet = 0; ///< host byte order
    uint8_t subnet_bits = 16;
    std::vector<std::string> dns; ///< empty: the host's
    uint32_t max_workspaces = 0;  ///< 0: what the pools hold
    /// From which workspaces may mount by NFS, as they name them.
    std::vector<std::string> nfs_hosts;
  } runtime;
  struct {
    bool allow_file_urls = false; ///< git clones from this node's own paths
    std::vector<std::string> denied_networks; ///< CIDRs workers must not reach
    /// CIDRs that downloads may reach beside the internet.
    std::vector<std::string> download_networks;
    duration snapshot_pause{}; ///< of a workspace that is copied, at most
    duration publish_limit{};  ///< how long a snapshot is tried to be stored
    duration backup_period{};  ///< of running workspaces; 0: none
    /// Of the state directory's file system; with less nothing starts.
    uint64_t min_free_bytes = 0, min_free_inodes = 0;
    /// How long a quarantined content whose backup is verified is kept; 0: for
    /// ever, as others are.
    duration quarantine_retention{};
    duration quota_period{};      ///< between looks at what workspaces hold
    uint64_t git_cache_bytes = 0; ///< of all mirrors; 0: there are none
    duration git_cache_age{};     ///< of a mirror that nobody used
    bool incremental = false;     ///< a backup may need earlier ones
  } content;
  std::map<std::string, workspace_class> classes;
  struct {
    duration period{};       ///< of controllers
    uint64_t cpu_millis = 0; ///< to be shared
  } resources;
  std::string preferred_class; ///< by clients; may be empty
  timeout_settings timeouts{};
  duration heartbeat_interval{};
  std::filesystem::path maintenance_file;
  std::string metrics_prefix; ///< of what describes workspaces
  struct {
    std::string level, format;
  } log;
  uint64_t build_cache_bytes = 0; ///< of layers that image builds made, in all
  duration build_timeout{};       ///< of a build, from its acceptance
  /// What variables may refer to, by `secret_name/key`. In no log.
  std::map<std::string, shared_secret> secrets;
};

} // namespace berth
