#pragma once

#include "model/settings.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace berth {

/// Every path of the node. Names, not memory: what belongs to a workspace is
/// found by its id alone, so a teardown needs no record of what was made.
///
///     <state_dir>/                   0700, survives a reboot
///       berth.db                     records and images
///       ballast                      room for it when the disk is full
///       node.key                     0600, what secrets/ is sealed with
///       content/<id>/                a workspace's files, ids 0..65535 on disk
///       content/.staging-<id>/       the same while it is being filled
///       views/<id>/                  a content as it was, on its way into an
///                                    archive
///       layers/<name>/               an unpacked image layer
///       layers/.staging-<name>/      the same while it is being unpacked
///       blobs/                       OCI layout
///       objects/                     file storage
///       storage                      which directory objects were kept in last
///       uploads/                     archives on their way to a store
///       generations/<owner>/<meta id>   which backup was seen last in a store
///       pieces/<owner>/<meta id>/    what the next backup need not read again
///       quarantine/<id>-<ns>/        content that nobody may delete but
///       people,
///         content/ why.json          and what is known of it
///       mirrors/<key>/               git repositories to take objects from
///       builds/work/<id>/            0700, an image build, ids 0..65535 on
///       disk:
///         context/ out/ tmp/         what is built, what of it, scratch space
///         base-<n>/ tree-<n>/        an image that its Dockerfile names
///         resolv.conf hosts          of what it runs
///       builds/cache/<key>/          layers of earlier builds of one owner and
///                                    repository
///       rootfs/<id>/                 0700, a container's own writable part:
///         upper/ work/               of its overlay
///         termination-log            /dev/termination-log inside
///         place/                     /workspace of a ghost
///     <run_dir>/                     0711, gone after a reboot
///       berthd.sock
///       secrets/<id>                 0600, sealed; gone once <id> runs
///       builds/secrets/<id>          the same of an image build; gone with it
///       crun/                        the OCI runtime's own state
///       exits/berth-<id>             exit code of a container that ended
///       logs/<id>                    its log, while its record is visible
///       ws/<id>/                     0700
///         shared/                    /.workspace inside: the sockets for it,
///           authorized_keys          who may log in with an sshd inside
///           environment              a pipe to its init, until that has read
///           it
///         bundle/config.json         how the container was made
///         resolv.conf hosts hostname
///         monitor.pid pid            written by conmon
///         container                  pid and start time
///         log                        output, in lines of conmon's format
///         console-<n>                while a terminal is being opened
///
/// Beyond paths: the cgroups `berth/<key>/berth-<id>`, `berth/<key>/build-<id>`
/// and `berth/<key>/monitors`, the link `bth<key><slot>`, the chains `*_<key>`
/// of the nft table `inet berth`, where <key> are four hex digits of the state
/// directory's path, so that several instances share a host.
class layout {
public:
  using path = std::filesystem::path;

  layout(path state_dir, path run_dir)
    : state_(std::move(state_dir)), run_(std::move(run_dir)) {}
  explicit layout(const settings& all)
    : layout(all.node.state_dir, all.node.run_dir) {}

  const path& state_dir() const { return state_; }
  const path& run_dir() const { return run_; }

  path database() const { return state_ / "berth.db"; }
  path contents() const { return state_ / "content"; }
  path content(const std::string& id) const { return contents() / id; }
  path content_staging(const std::string& id) const {
    return contents() / (".staging-" + id);
  }
  path views() const { return state_ / "views"; }
  path view(const std::string& id) const { return views() / id; }
  path layers() const { return state_ / "layers"; }
  path layer(const std::string& name) const { return layers() / name; }
  path layer_staging(const std::string& name) const {
    return layers() / (".staging-" + name);
  }
  path blobs() const { return state_ / "blobs"; }
  path objects() const { return state_ / "objects"; }
  path uploads() const { return state_ / "uploads"; }
  path storage_mark() const { return state_ / "storage"; }
  path generations() const { return state_ / "generations"; }
  path pieces() const { return state_ / "pieces"; }
  path pieces(const std::string& owner, const std::string& meta_id) const {
    return pieces() / owner / meta_id;
  }
  path quarantine() const { return state_ / "quarantine"; }
  path mirrors() const { return state_ / "mirrors"; }
  path builds() const { return state_ / "builds" / "work"; }
  path build(const std::string& id) const { return builds() / id; }
  path build_caches() const { return state_ / "builds" / "cache"; }
  path build_cache(const std::string& key) const {
    return build_caches() / key;
  }
  path all_rootfs() const { return state_ / "rootfs"; }
  path rootfs(const std::string& id) const { return all_rootfs() / id; }
  path termination_log(const std::string& id) const {
    return rootfs(id) / "termination-log";
  }

  path place(const std::string& id) const { return rootfs(id) / "place"; }

  path socket() const { return run_ / "berthd.sock"; }
  path secrets() const { return run_ / "secrets"; }
  path secrets(const std::string& id) const { return secrets() / id; }
  /// In place of this one for who keeps the secrets of builds.
  layout of_builds() const { return {state_, run_ / "builds"}; }
  path secrets_key() const { return state_ / "node.key"; }
  path crun_root() const { return run_ / "crun"; }
  path exits() const { return run_ / "exits"; }
  path exit_file(const std::string& id) const {
    return exits() / container(id);
  }
  path logs() const { return run_ / "logs"; }
  path retained_log(const std::string& id) const { return logs() / id; }
  path workspaces() const { return run_ / "ws"; }
  path workspace(const std::string& id) const { return workspaces() / id; }
  path shared(const std::string& id) const { return workspace(id) / "shared"; }
  path ssh_keys(const std::string& id) const {
    return shared(id) / "authorized_keys";
  }
  path environment(const std::string& id) const {
    return shared(id) / "environment";
  }
  path bundle(const std::string& id) const { return workspace(id) / "bundle"; }
  path container_config(const std::string& id) const {
    return bundle(id) / "config.json";
  }
  /// Where a container's root is mounted, in a mount namespace of its own that
  /// nobody else sees. Everybody may pass there, whatever the mode of the
  /// directories above `run_dir`, and nobody keeps files there. Not below /sys
  /// or /proc: the kernel lets a user namespace mount its own only while
  /// nothing of the host's is covered.
  static path container_root() { return "/dev/pts"; }
  path monitor_pid(const std::string& id) const {
    return workspace(id) / "monitor.pid";
  }
  path container_pid(const std::string& id) const {
    return workspace(id) / "pid";
  }
  path container_ref(const std::string& id) const {
    return workspace(id) / "container";
  }
  path log(const std::string& id) const { return workspace(id) / "log"; }

  /// What the OCI runtime knows the container by.
  static std::string container(const std::string& id) { return "berth-" + id; }

  /// Four hex digits that tell this instance's objects on the host from those
  /// of another one.
  std::string key() const;

  /// All cgroups of this instance, and the one of a workspace; relative to
  /// each hierarchy's root.
  std::string cgroup() const { return "berth/" + key(); }
  std::string cgroup(const std::string& id) const {
    return cgroup() + "/" + container(id);
  }

  std::string build_cgroup(const std::string& id) const {
    return cgroup() + "/build-" + id;
  }

  /// Where the containers' monitors are: a cgroup that outlives the service's.
  std::string monitors_cgroup() const { return cgroup() + "/monitors"; }

  static constexpr const char* any_link_prefix = "bth";

  /// Links of this instance start like this.
  std::string link_prefix() const { return any_link_prefix + key(); }
  std::string link(uint32_t slot) const {
    return link_prefix() + std::to_string(slot);
  }

private:
  path state_, run_;
};

} // namespace berth
