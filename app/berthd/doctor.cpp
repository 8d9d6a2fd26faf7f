#include "app/berthd/doctor.hpp"

#include "app/berthd/doctor_ids.hpp"
#include "app/berthd/doctor_kernel.hpp"
#include "core/content/quarantine_note.hpp"
#include "core/layout.hpp"
#include "model/duration.hpp"
#include "sys/cgroup.hpp"
#include "sys/file.hpp"
#include "sys/free_space.hpp"
#include "sys/idmap.hpp"
#include "sys/mount_count.hpp"
#include "sys/probe.hpp"
#include "sys/quota.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>

namespace berth {

namespace {

using check = gateway::doctor_check;
using level = check::level;

/// So many times what must be left before nothing starts is plenty.
constexpr uint64_t plenty = 5;

check fine(std::string name, std::string finding) {
  return {std::move(name), level::ok, std::move(finding), ""};
}

check kernel() {
  auto name = utsname{};
  ::uname(&name);
  auto major = 0;
  auto minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  auto release = std::string{name.release};
  // Overlay layers by descriptor (FSCONFIG_SET_FD) came with 6.13.
  if (major > 6 || (major == 6 && minor >= 13))
    return fine("kernel", release + ", idmapped overlay layers");
  return {"kernel", level::failure,
          release + " cannot join idmapped layers by descriptor",
          "run Linux 6.13 or newer"};
}

check privileges() {
  if (::geteuid() == 0)
    return fine("privileges", "root");
  return {"privileges", level::failure, "not root",
          "start berthd as root: it makes namespaces, mounts and links"};
}

check program(const std::string& name, const std::filesystem::path& path,
              const std::string& package) {
  if (::access(path.c_str(), X_OK) == 0)
    return fine(name, path.native());
  return {name, level::failure, path.native() + " is not there",
          "apt-get install " + package};
}

check cgroups() {
  auto found = sys::find_cgroups();
  if (!found)
    return {"cgroups", level::warning,
            "no usable hierarchy: class limits are not enforced",
            "mount cgroup2, or boot with systemd.unified_cgroup_hierarchy=1"};
  if (found->unified)
    return fine("cgroups", "v2, limits of classes are enforced");
  auto has = [&](const char* controller) {
    return std::any_of(
      found->roots.begin(), found->roots.end(), [&](const auto& root) {
        return root.filename().native().find(controller) != std::string::npos;
      });
  };
  auto missing = std::string{};
  for (auto controller : {"memory", "cpu", "pids"})
    if (!has(controller))
      missing += std::string{missing.empty() ? "" : ", "} + controller;
  if (missing.empty())
    return fine("cgroups", "v1, limits of classes are enforced");
  return {"cgroups", level::warning, "v1 without " + missing,
          "enable the controllers, or boot with cgroup v2"};
}

check user_namespaces() {
  auto limit = sys::read_file("/proc/sys/user/max_user_namespaces", 64);
  if (limit && *limit != "0\n")
    return fine("user namespaces", "each workspace has 65536 ids of its own");
  return {"user namespaces", level::failure, "switched off",
          "sysctl user.max_user_namespaces=100000"};
}

/// Whether the kernel tells what is mounted in another namespace.
bool counts_mounts() {
  auto ns = sys::open_namespace(::getpid(), "mnt");
  if (!ns)
    return false;
  auto id = sys::mount_namespace_id(*ns);
  return id && sys::count_mounts(*id);
}

check in_workspace_service() {
  constexpr auto name = "in-workspace service";
  constexpr auto fix = "run Linux 6.13 or newer";
  if (!sys::try_peer_pidfd())
    return {name, level::failure,
            "the kernel does not tell who calls: nobody is served", fix};
  if (!counts_mounts())
    return {name, level::warning,
            "the kernel does not tell what is mounted in a workspace: nested "
            "mounts are counted for ever, and end at 64",
            fix};
  return fine(name, "callers are known, nested mounts are counted");
}

check disk(const settings& settings) {
  const auto& state_dir = settings.node.state_dir;
  auto found = sys::find_free_space(state_dir);
  if (!found)
    return {"disk", level::failure, state_dir.native() + " is not accessible",
            "make it, on a disk with room for the workspaces"};
  const auto& wanted = settings.content;
  auto finding
    = std::to_string(found->bytes >> 20) + " MiB free in " + state_dir.native();
  auto files = found->counts_files ? found->files : wanted.min_free_inodes;
  if (found->counts_files)
    finding += ", room for " + std::to_string(files) + " files";
  if (found->bytes < wanted.min_free_bytes || files < wanted.min_free_inodes)
    return {"disk", level::failure, finding + ": nothing starts",
            "free some, or lower content.min_free_space and min_free_files"};
  if (found->bytes / plenty >= wanted.min_free_bytes)
    return fine("disk", finding);
  return {"disk", level::warning, finding,
          "free some: below content.min_free_space nothing starts"};
}

/// Each of them is somebody's work.
check quarantine_of(const settings& settings) {
  constexpr size_t longest_note = 64 * 1024;
  auto count = size_t{0}, restored = size_t{0};
  auto err = std::error_code{};
  for (const auto& entry : std::filesystem::directory_iterator{
         layout{settings}.quarantine(), err}) {
    if (!is_quarantine_name(entry.path().filename().native()))
      continue;
    auto text = sys::read_file(entry.path() / "why.json", longest_note);
    auto note
      = text ? note_from_json(*text) : result<quarantine_note>{text.error()};
    ++(note && !note->backup.empty() ? restored : count);
  }
  if (count == 0 && restored == 0)
    return fine("quarantine", "empty");
  if (count == 0)
    return fine("quarantine", std::to_string(restored)
                                + " contents, restored and kept for a while");
  return {"quarantine", level::warning,
          std::to_string(count) + " contents that may be safe nowhere else",
          "berth content quarantine ls, then restore or rm"};
}

check storage_answers(const settings& settings, const object_storage& storage) {
  auto where
    = settings.storage.kind == "s3"
        ? settings.storage.endpoint + ", bucket " + settings.storage.bucket
        : settings.storage.path.native();
  auto answers = storage.probe();
  if (answers)
    return fine("storage", where);
  return {"storage", level::failure, where + ": " + describe(answers.error()),
          "see the section storage of the configuration: until it answers, "
          "nothing is restored or backed up"};
}

check storage_limits(const settings& settings) {
  auto limited = std::any_of(
    settings.classes.begin(), settings.classes.end(),
    [](const auto& entry) { return entry.second.storage_bytes > 0; });
  if (sys::can_limit_directories(layout{settings}.contents()))
    return fine("storage limits", "enforced, by quota groups of btrfs");
  if (!limited)
    return fine("storage limits", "no class has one; those of content sessions "
                                  "are watched");
  auto period = settings.content.quota_period;
  auto fix = "have state_dir on btrfs, and btrfs quota enable there: then no "
             "workspace can hold more";
  if (period == duration::zero())
    return {"storage limits", level::warning,
            "neither enforced by the file system nor watched", fix};
  return {"storage limits", level::warning,
          "watched every " + format_duration(period)
            + ", not enforced by the file system",
          fix};
}

check name_server(const settings& settings) {
  if (!settings.runtime.dns.empty())
    return fine("dns", "as configured: " + settings.runtime.dns.front());
  for (auto file : {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}) {
    auto text = sys::read_file(file, 1 << 16);
    if (!text)
      continue;
    for (size_t at = 0;
         (at = text->find("nameserver ", at)) != std::string::npos;) {
      at += std::string_view{"nameserver "}.size();
      auto server = text->substr(at, text->find_first_of(" \n\t", at) - at);
      if (!server.starts_with("127.") && server != "::1")
        return fine("dns", server);
    }
  }
  return {"dns", level::warning,
          "the host's only resolver is on its loopback, which workspaces "
          "cannot reach",
          "set runtime.dns to a resolver on the network"};
}

} // namespace

std::vector<check> examine_machine(const settings& settings,
                                   const object_storage& storage) {
  const auto& runtime = settings.runtime;
  auto all = std::vector<check>{
    privileges(),
    kernel(),
    user_namespaces(),
    examine_shared_ids(settings),
    in_workspace_service(),
    cgroups(),
    program("oci runtime", runtime.oci_runtime, "crun"),
    program("conmon", runtime.conmon, "conmon"),
    program("nftables", "/usr/sbin/nft", "nftables"),
    program("git", "/usr/bin/git", "git"),
    program("skopeo", "/usr/bin/skopeo", "skopeo"),
    program("buildah", "/usr/bin/buildah", "buildah"),
    program("berth-ns", runtime.helper_dir / "berth-ns", "berth"),
    program("berth-worker", runtime.helper_dir / "berth-worker", "berth"),
    program("berth-init", runtime.helper_dir / "berth-init", "berth"),
    name_server(settings),
    disk(settings),
    quarantine_of(settings),
    storage_answers(settings, storage),
    storage_limits(settings),
  };
  auto more = examine_kernel(settings);
  all.insert(all.end(), std::make_move_iterator(more.begin()),
             std::make_move_iterator(more.end()));
  return all;
}

} // namespace berth
