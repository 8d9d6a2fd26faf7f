#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <cstdint>

namespace berth::sys {

/// A name for a mount namespace that no other one ever has.
result<uint64_t> mount_namespace_id(const fd& ns);

/// Mounts of whole file systems that the kernel has only one kind of.
struct mount_counts {
  uint64_t kernel = 0; ///< proc and sysfs
  uint64_t nfs = 0;
};

/// Those of mount namespace `id`; none if that is gone. Of one with thousands
/// of mounts nothing is said but the most that can be.
result<mount_counts> count_mounts(uint64_t id);

} // namespace berth::sys
