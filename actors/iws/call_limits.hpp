#pragma once

#include "model/settings.hpp"

#include <string>

namespace berth {

/// The methods that a workspace may not call as often as it likes.
namespace iws_method {

inline constexpr const char* prepare = "PrepareForUserNS";
inline constexpr const char* write_id_mapping = "WriteIDMapping";
inline constexpr const char* evacuate = "EvacuateCGroup";
inline constexpr const char* mount_proc = "MountProc";
inline constexpr const char* mount_sysfs = "MountSysfs";
inline constexpr const char* mount_nfs = "MountNfs";
inline constexpr const char* umount_proc = "UmountProc";
inline constexpr const char* umount_sysfs = "UmountSysfs";
inline constexpr const char* umount_nfs = "UmountNfs";
inline constexpr const char* pair_veths = "SetupPairVeths";
inline constexpr const char* teardown = "Teardown";
inline constexpr const char* wiping_teardown = "WipingTeardown";

} // namespace iws_method

/// How often one workspace may call `method`: what `grpc.rate_limits` says of
/// "/iws.InWorkspaceService/<method>", else what `docs/in-workspace-service.md`
/// lists.
rate_limit call_limit(const settings&, const std::string& method);

/// How long a call waits for its turn at most; see `rate_limit::block`.
inline constexpr auto call_patience = std::chrono::seconds{30};

/// Longer than a hand takes, which says itself that it took too long.
inline constexpr auto hand_patience = std::chrono::seconds{40};

/// Calls of one workspace that wait for their turn.
inline constexpr size_t most_waiting_calls = 64;

/// Mounts made for one workspace that are there at the same time.
inline constexpr uint64_t most_kernel_mounts = 64;
inline constexpr uint64_t most_nfs_mounts = 4;

/// Calls that did not come back from the file systems of a workspace. Each may
/// have left a process there, which ends with who holds it.
inline constexpr unsigned most_lost_calls = 4;

} // namespace berth
