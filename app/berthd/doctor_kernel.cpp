#include "app/berthd/doctor_kernel.hpp"

#include "sys/probe.hpp"
#include "sys/userns.hpp"

#include <functional>

namespace berth {

namespace {

using check = gateway::doctor_check;
using level = check::level;

/// One feature of the kernel.
struct feature {
  const char* name;
  const char* use; ///< what it is good for here
  std::function<result<void>()> probe;
  level without;
  const char* lost;
  const char* fix;
};

check examine(const feature& it) {
  auto found = it.probe();
  if (found)
    return {it.name, level::ok, it.use, ""};
  return {it.name, it.without,
          std::string{it.lost} + " (" + describe(found.error()) + ")", it.fix};
}

/// Shifts ids of the disk that contents and layers are on.
result<void> try_shifted_ids(const settings& all) {
  const auto& runtime = all.runtime;
  auto ns = sys::make_userns(runtime.helper_dir / "berth-ns",
                             "0 " + std::to_string(runtime.uid_start) + " 1\n");
  if (!ns)
    return ns.error();
  return sys::try_idmapped_mount(all.node.state_dir, *ns);
}

result<void> try_controllers() {
  auto line = sys::unified_controllers();
  if (!line)
    return line.error();
  for (auto controller : {"cpu", "io", "memory", "pids"})
    if ((" " + *line + " ").find(std::string{" "} + controller + " ")
        == std::string::npos)
      return make_error(ec::failed_precondition,
                        std::string{controller} + " is not one of them");
  return {};
}

result<void> try_nat() {
  return sys::try_packet_filter(
    "table ip berth_probe {\n"
    "chain leave { type nat hook postrouting priority 100; masquerade\n}\n}\n");
}

std::vector<feature> features_of(const settings& all) {
  const auto& state = all.node.state_dir;
  return {
    {"mounts by descriptor", "mounts are made detached and placed at once",
     [state] { return sys::try_mount_by_descriptor(state); }, level::failure,
     "no workspace can start", "run Linux 5.12 or newer, berthd as root"},
    {"idmapped mounts", "files on disk have no workspace's own ids",
     [&all] { return try_shifted_ids(all); }, level::failure,
     "no workspace can start: its files cannot be shown with its ids",
     "put node.state_dir on a file system that can: ext4, xfs, btrfs"},
    {"pid translation", "pids of workspaces are translated by the kernel",
     sys::try_pid_translation, level::warning,
     "calls from inside a workspace that name a process are refused",
     "run Linux 6.11 or newer"},
    {"peer pidfd", "callers inside workspaces are held while they are checked",
     sys::try_peer_pidfd, level::warning,
     "calls from inside a workspace are refused: who calls cannot be told",
     "run Linux 6.5 or newer"},
    {"proc of a pid namespace", "proc is mounted from outside of workspaces",
     sys::try_proc_of_pid_namespace, level::warning,
     "each MountProc needs a process inside the workspace's pid namespace",
     "run Linux 6.17 or newer"},
    {"nfs", "MountNfs can mount", [] { return sys::try_file_system("nfs4"); },
     level::warning, "MountNfs answers FAILED_PRECONDITION",
     "load the module nfsv4, or a kernel with CONFIG_NFS_V4"},
    {"cgroup v2 controllers", "workspaces get a part of the tree of their own",
     try_controllers, level::warning,
     "EvacuateCGroup does nothing, there are no figures of pressure, and "
     "limits hold for v1 only",
     "boot with cgroup_no_v1=all"},
    {"tun", "workspaces can make tunnels",
     [] { return sys::try_device("/dev/net/tun"); }, level::warning,
     "no tunnels in workspaces, nor networks of rootless containers",
     "modprobe tun"},
    {"fuse", "workspaces can mount file systems of their own",
     [] { return sys::try_device("/dev/fuse"); }, level::warning,
     "no FUSE in workspaces, nor storage of rootless containers",
     "modprobe fuse"},
    {"nft nat", "workspaces and networks inside them share an address", try_nat,
     level::failure, "workspaces reach nothing outside",
     "apt-get install nftables; modprobe nft_chain_nat nft_masq"},
  };
}

} // namespace

std::vector<check> examine_kernel(const settings& all) {
  auto found = std::vector<check>{};
  for (const auto& it : features_of(all))
    found.push_back(examine(it));
  return found;
}

} // namespace berth
