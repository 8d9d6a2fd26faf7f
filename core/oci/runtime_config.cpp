#include "core/base64.hpp"
#include "core/iws/id_map.hpp"
#include "core/json_text.hpp"
#include "core/oci/container_spec.hpp"
#include "core/oci/hidden_paths.hpp"
#include "core/oci/process.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using nlohmann::json;
using path = std::filesystem::path;

constexpr uint64_t cpu_period_us = 100'000;
constexpr uint64_t shares_of_core = 1024;

/// Names below `root` as paths.
template <class Names>
void add_paths(json& all, const std::string& root, const Names& names) {
  for (auto name : names)
    all.push_back(root + std::string{name});
}

json masked_paths() {
  auto all = json::array();
  add_paths(all, "/proc/", masked_in_proc);
  add_paths(all, "/sys/", masked_in_sys);
  return all;
}

json read_only_paths() {
  auto all = json::array();
  add_paths(all, "/proc/", read_only_in_proc);
  return all;
}

json mount(const char* type, const char* at, const char* source,
           std::initializer_list<const char*> options) {
  return {{"type", type},
          {"destination", at},
          {"source", source},
          {"options", options}};
}

json kernel_mounts() {
  return {
    mount("proc", "/proc", "proc", {"nosuid", "noexec", "nodev"}),
    mount("tmpfs", "/dev", "tmpfs",
          {"nosuid", "strictatime", "mode=755", "size=65536k"}),
    mount("devpts", "/dev/pts", "devpts",
          {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
           "gid=5"}),
    mount("tmpfs", "/dev/shm", "shm",
          {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
    mount("mqueue", "/dev/mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
    mount("sysfs", "/sys", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
    mount("cgroup", "/sys/fs/cgroup", "cgroup",
          {"nosuid", "noexec", "nodev", "relatime", "ro"}),
  };
}

/// How the OCI runtime shows files inside with the ids they have on disk: by
/// the mapping of the container's user namespace, or by this one.
std::string shift_of(container_kind kind) {
  if (kind == container_kind::own)
    return "idmap";
  auto map = std::string{};
  for (const auto& [inside, here, size] : disk_map(kind, 0))
    map += (map.empty() ? "" : "#") + std::to_string(inside) + "-"
           + std::to_string(here) + "-" + std::to_string(size);
  return "idmap=uids=" + map + ";gids=" + map;
}

json shifted(const container_spec& spec, const path& source, const char* at) {
  return mount("bind", at, source.c_str(),
               {"bind", shift_of(spec.kind).c_str(), "nodev"});
}

json read_only(const path& source, const char* at) {
  return mount("bind", at, source.c_str(),
               {"bind", "ro", "nosuid", "nodev", "noexec"});
}

json mounts_of(const container_spec& spec) {
  auto all = kernel_mounts();
  all.push_back(shifted(spec, spec.content, "/workspace"));
  all.push_back(shifted(spec, spec.termination_log, "/dev/termination-log"));
  all.push_back(read_only(spec.shared, "/.workspace"));
  all.push_back(read_only(spec.resolv_conf, "/etc/resolv.conf"));
  all.push_back(read_only(spec.hosts, "/etc/hosts"));
  all.push_back(read_only(spec.hostname_file, "/etc/hostname"));
  all.push_back(mount("bind", init_inside, spec.init.c_str(),
                      {"bind", "ro", "nosuid", "nodev"}));
  return all;
}

json device(const char* type, int major_number, int minor_number) {
  return {{"allow", true},
          {"type", type},
          {"major", major_number},
          {"minor", minor_number},
          {"access", "rwm"}};
}

json resources_of(const workspace_class& limits) {
  auto all = json{
    {"devices",
     json::array({{{"allow", false}, {"access", "rwm"}},
                  // Nodes of them are there only where the service put some.
                  device("c", 10, 200),    // net/tun
                  device("c", 10, 229)})}, // fuse
  };
  if (limits.memory_bytes)
    all["memory"] = {{"limit", limits.memory_bytes}};
  if (limits.cpu_min_millis)
    all["cpu"]["shares"]
      = std::max<uint64_t>(2, limits.cpu_min_millis * shares_of_core / 1000);
  if (limits.cpu_burst_millis) {
    all["cpu"]["period"] = cpu_period_us;
    all["cpu"]["quota"] = limits.cpu_burst_millis * cpu_period_us / 1000;
  }
  if (limits.pids)
    all["pids"] = {{"limit", limits.pids}};
  return all;
}

json namespaces(container_kind kind) {
  auto all = json::array();
  // The network's is made by the runtime inside a new user namespace: only then
  // is /sys the container's own.
  for (auto* type : {"pid", "ipc", "uts", "mount", "cgroup", "network"})
    all.push_back({{"type", type}});
  if (kind == container_kind::own)
    all.push_back({{"type", "user"}});
  return all;
}

/// Groups that may ping without privileges: all that a workspace has.
std::string ping_groups(container_kind kind) {
  if (kind == container_kind::own)
    return "0 " + std::to_string(ids_of_workspace - 1);
  auto others = disk_map(kind, 0).back();
  return "0 " + std::to_string(others.host_id + others.size - 1);
}

json linux_of(const container_spec& spec) {
  auto all = json{
    {"namespaces", namespaces(spec.kind)},
    {"cgroupsPath", "/" + spec.cgroup},
    {"resources", resources_of(spec.limits)},
    // Of its own network namespace: ping and low ports without privileges.
    {"sysctl",
     {{"net.ipv4.ping_group_range", ping_groups(spec.kind)},
      {"net.ipv4.ip_unprivileged_port_start", "0"}}},
    {"maskedPaths", masked_paths()},
    {"readonlyPaths", read_only_paths()},
  };
  if (spec.kind == container_kind::own)
    for (auto* ids : {"uidMappings", "gidMappings"})
      all[ids] = json::array({{{"containerID", 0},
                               {"hostID", spec.first_id},
                               {"size", ids_of_workspace}}});
  return all;
}

} // namespace

std::string runtime_config(const container_spec& spec) {
  auto config = json{
    {"ociVersion", "1.0.2"},
    {"process", init_process(spec)},
    {"root", {{"path", spec.root.native()}}},
    {"hostname", spec.hostname},
    {"mounts", mounts_of(spec)},
    {"linux", linux_of(spec)},
    // crun compiles a listed profile anew for every container: 20 ms.
    {"annotations",
     {{"run.oci.seccomp_bpf_data", to_base64(spec.seccomp_program)}}},
  };
  return print_json_lossy(config);
}

} // namespace berth
