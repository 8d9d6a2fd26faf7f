#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <filesystem>
#include <string>

/// What this kernel can do, found out by doing it: versions tell little of
/// kernels that distributions patch and configure. Nothing that is tried here
/// is left behind. An error says why it cannot.
namespace berth::sys {

/// A file system of that type can be mounted, say "nfs4".
result<void> try_file_system(const char* type);

/// `dir` can be cloned and attached elsewhere by descriptor: open_tree(2),
/// move_mount(2), mount_setattr(2).
result<void> try_mount_by_descriptor(const std::filesystem::path& dir);

/// The file system of `dir` can be shown with ids shifted into `userns`.
result<void> try_idmapped_mount(const std::filesystem::path& dir,
                                const fd& userns);

/// A pid as a process in a pid namespace knows it can be translated to ours:
/// NS_GET_TGID_FROM_PIDNS.
result<void> try_pid_translation();

/// The peer of a unix socket can be held by a pidfd: SO_PEERPIDFD.
result<void> try_peer_pidfd();

/// A proc file system can be made for a pid namespace that one is not in: the
/// mount option `pidns`.
result<void> try_proc_of_pid_namespace();

/// A device node is there, and there is a driver behind it.
result<void> try_device(const std::filesystem::path&);

/// The packet filter would take these rules, in the words of nft(8).
result<void> try_packet_filter(const std::string& rules);

/// The controllers that a cgroup v2 hierarchy has, as one line; `not_found` if
/// none is mounted.
result<std::string> unified_controllers();

} // namespace berth::sys
