#pragma once

#include "model/archive.hpp"
#include "model/build_record.hpp"
#include "model/image.hpp"
#include "model/service_record.hpp"
#include "model/session_record.hpp"
#include "model/workspace.hpp"

namespace berth {

/// Names each stored field of a T once: `visit(field, x)` calls
/// `field(name, member)` for all of them. `spec.initializer` is not among them.
template <class T>
struct fields_of;

/// Marks a field that may be any bytes.
template <class Text>
struct any_bytes {
  Text& text;
};

template <class Text>
any_bytes(Text&) -> any_bytes<Text>;

template <class T>
concept has_fields = requires {
  sizeof(fields_of<T>);
};

template <>
struct fields_of<env_var> {
  static void visit(auto& field, auto& x) {
    field("name", x.name);
    field("value", x.value);
  }
};

template <>
struct fields_of<exposed_port> {
  static void visit(auto& field, auto& x) {
    field("number", x.number);
    field("is_public", x.is_public);
    field("https", x.https);
  }
};

template <>
struct fields_of<cloned_repository> {
  static void visit(auto& field, auto& x) {
    field("url", x.url);
    field("user", x.user);
    field("secret", x.secret);
  }
};

template <>
struct fields_of<workspace_spec> {
  static void visit(auto& field, auto& x) {
    field("id", x.id);
    field("owner", x.owner);
    field("meta_id", x.meta_id);
    field("service_prefix", x.service_prefix);
    field("team", x.team);
    field("project", x.project);
    field("annotations", x.annotations);
    field("type", x.type);
    field("image", x.image);
    field("ide_web_ref", x.ide_web_ref);
    field("ide_supervisor_ref", x.ide_supervisor_ref);
    field("ide_layers", x.ide_layers);
    field("class_id", x.class_id);
    field("feature_flags", x.feature_flags);
    field("workspace_location", x.workspace_location);
    field("checkout_locations", x.checkout_locations);
    field("initializer_is_empty", x.initializer_is_empty);
    field("snapshots", x.snapshots);
    field("prebuilds", x.prebuilds);
    field("local_repositories", x.local_repositories);
    field("repositories", x.repositories);
    field("env", x.env);
    field("sys_env", x.sys_env);
    field("git_user_name", x.git_user_name);
    field("git_user_email", x.git_user_email);
    field("timeout", x.timeout);
    field("closed_timeout", x.closed_timeout);
    field("max_lifetime", x.max_lifetime);
    field("admit_everyone", x.admit_everyone);
    field("ports", x.ports);
    field("ssh_keys", x.ssh_keys);
  }
};

template <>
struct fields_of<workspace_conditions> {
  static void visit(auto& field, auto& x) {
    field("failed", x.failed);
    field("timeout", x.timeout);
    field("headless_task_failed", x.headless_task_failed);
    field("snapshot", x.snapshot);
    field("deployed", x.deployed);
    field("pulling_images", x.pulling_images);
    field("network_not_ready", x.network_not_ready);
    field("content_ready", x.content_ready);
    field("ever_ready", x.ever_ready);
    field("stopped_by_request", x.stopped_by_request);
    field("aborted", x.aborted);
    field("closed", x.closed);
    field("final_backup_complete", x.final_backup_complete);
    field("backup_failed", x.backup_failed);
    field("first_user_activity", x.first_user_activity);
  }
};

template <>
struct fields_of<git_status> {
  static void visit(auto& field, auto& x) {
    field("branch", x.branch);
    field("latest_commit", x.latest_commit);
    field("uncommitted_files", x.uncommitted_files);
    field("untracked_files", x.untracked_files);
    field("unpushed_commits", x.unpushed_commits);
    field("total_uncommitted_files", x.total_uncommitted_files);
    field("total_untracked_files", x.total_untracked_files);
    field("total_unpushed_commits", x.total_unpushed_commits);
  }
};

template <>
struct fields_of<initializer_metric> {
  static void visit(auto& field, auto& x) {
    field("kind", x.kind);
    field("took", x.took);
    field("bytes", x.bytes);
  }
};

template <>
struct fields_of<container_ref> {
  static void visit(auto& field, auto& x) {
    field("pid", x.pid);
    field("start_time", x.start_time);
  }
};

template <>
struct fields_of<workspace_ticks> {
  static void visit(auto& field, auto& x) {
    field("boot", x.boot);
    field("created", x.created);
    field("phase", x.phase);
    field("active", x.active);
  }
};

template <>
struct fields_of<workspace_record> {
  static void visit(auto& field, auto& x) {
    field("spec", x.spec);
    field("version", x.version);
    field("phase", x.phase);
    field("conditions", x.conditions);
    field("message", x.message);
    field("url", x.url);
    field("owner_token", x.owner_token);
    field("slot", x.slot);
    field("taken_over", x.taken_over);
    field("image_digest", x.image_digest);
    field("image_layers", x.image_layers);
    field("kind", x.kind);
    field("container", x.container);
    field("node_name", x.node_name);
    field("node_ip", x.node_ip);
    field("ticks", x.ticks);
    field("created_at", x.created_at);
    field("running_since", x.running_since);
    field("stopping_since", x.stopping_since);
    field("stopped_at", x.stopped_at);
    field("last_activity", x.last_activity);
    field("stop_grace", x.stop_grace);
    field("repo", x.repo);
    field("initializer_metrics", x.initializer_metrics);
    field("image_bytes", x.image_bytes);
  }
};

template <>
struct fields_of<session_record> {
  static void visit(auto& field, auto& x) {
    field("id", x.id);
    field("owner", x.owner);
    field("meta_id", x.meta_id);
    field("phase", x.phase);
    field("content_ready", x.content_ready);
    field("checkout_location", x.checkout_location);
    field("remote_storage_disabled", x.remote_storage_disabled);
    field("storage_quota_bytes", x.storage_quota_bytes);
    field("backup", x.backup);
    field("backup_logs", x.backup_logs);
    field("repo", x.repo);
    field("created_at", x.created_at);
  }
};

template <>
struct fields_of<archive_part> {
  static void visit(auto& field, auto& x) {
    field("file", x.file);
    field("bytes", x.bytes);
  }
};

template <>
struct fields_of<bucket_level> {
  static void visit(auto& field, auto& x) {
    field("tokens", x.tokens);
    field("filled_at", x.filled_at);
  }
};

template <>
struct fields_of<call_bucket> {
  static void visit(auto& field, auto& x) {
    field("method", x.method);
    field("level", x.level);
  }
};

template <>
struct fields_of<mounts_made> {
  static void visit(auto& field, auto& x) {
    field("mount_namespace", x.mount_namespace);
    field("kernel", x.kernel);
    field("nfs", x.nfs);
  }
};

template <>
struct fields_of<service_record> {
  static void visit(auto& field, auto& x) {
    field("id", x.id);
    field("slot", x.slot);
    field("kind", x.kind);
    field("container", x.container);
    field("is_prepared", x.is_prepared);
    field("is_evacuated", x.is_evacuated);
    field("is_torn_down", x.is_torn_down);
    field("calls", x.calls);
    field("mounts", x.mounts);
  }
};

template <>
struct fields_of<archive_record> {
  static void visit(auto& field, auto& x) {
    field("id", x.id);
    field("instance", x.instance);
    field("owner", x.owner);
    field("meta_id", x.meta_id);
    field("slot", x.slot);
    field("container", x.container);
    field("purpose", x.purpose);
    field("created_ns", x.created_ns);
    field("checkout_location", x.checkout_location);
    field("with_logs", x.with_logs);
    field("directory", x.directory);
    field("phase", x.phase);
    field("has_view", x.has_view);
    field("consistent", x.consistent);
    field("waited_ns", x.waited_ns);
    field("bytes", x.bytes);
    field("sha256", x.sha256);
    field("entries", x.entries);
    field("repo", x.repo);
    field("has_pieces", x.has_pieces);
    field("needs", x.needs);
  }
};

template <>
struct fields_of<image_source> {
  static void visit(auto& field, auto& x) { field("reference", x.reference); }
};

/// Without its secrets.
template <>
struct fields_of<dockerfile_source> {
  static void visit(auto& field, auto& x) {
    field("dockerfile_path", x.dockerfile_path);
    field("dockerfile_version", x.dockerfile_version);
    field("context_path", x.context_path);
    field("remote_uri", x.remote_uri);
    field("clone_target", x.clone_target);
    field("initializer", any_bytes{x.initializer});
    field("snapshots", x.snapshots);
    field("prebuilds", x.prebuilds);
    field("local_repositories", x.local_repositories);
  }
};

/// Without what the caller brought.
template <>
struct fields_of<build_auth> {
  static void visit(auto& field, auto& x) {
    field("all", x.all);
    field("base_repository", x.base_repository);
    field("workspace_repository", x.workspace_repository);
    field("any_of", x.any_of);
  }
};

template <>
struct fields_of<build_recipe> {
  static void visit(auto& field, auto& x) {
    field("source", x.source);
    field("auth", x.auth);
    field("use_retry_client", x.use_retry_client);
    field("had_secrets", x.had_secrets);
  }
};

template <>
struct fields_of<build_record> {
  static void visit(auto& field, auto& x) {
    field("id", x.id);
    field("owner", x.owner);
    field("reference", x.reference);
    field("base_reference", x.base_reference);
    field("phase", x.phase);
    field("message", x.message);
    field("digest", x.digest);
    field("cache_key", x.cache_key);
    field("join_key", x.join_key);
    field("started_at", x.started_at);
    field("ended_at", x.ended_at);
    field("interruptions", x.interruptions);
    field("recipe", x.recipe);
  }
};

template <>
struct fields_of<image_config> {
  static void visit(auto& field, auto& x) {
    field("env", x.env);
    field("user", x.user);
    field("working_dir", x.working_dir);
    field("container", x.container);
  }
};

template <>
struct fields_of<stored_image> {
  static void visit(auto& field, auto& x) {
    field("name", x.name);
    field("digest", x.digest);
    field("layers", x.layers);
    field("config", x.config);
    field("bytes", x.bytes);
    field("created_ns", x.created_ns);
    field("imported", x.imported);
  }
};

} // namespace berth
