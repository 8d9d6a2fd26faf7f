#pragma once

#include "core/resources/cpu_distribution.hpp"
#include "core/resources/io_control.hpp"
#include "core/resources/pressure.hpp"
#include "sys/cgroup_files.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a workspace's cgroup says and is told, in either version.
namespace berth {

result<cpu_reading> read_cpu(const sys::cgroup_layout&,
                             const std::string& cgroup);

/// At most `limit` thousandths of a core, not less than the kernel's least of a
/// millisecond a period; nothing: no limit. Writes only what changes.
result<void> limit_cpu(const sys::cgroup_layout&, const std::string& cgroup,
                       std::optional<uint64_t> limit);

/// Of "cpu", "io" or "memory"; nothing where the kernel keeps none.
std::optional<pressure> read_pressure(const sys::cgroup_layout&,
                                      const std::string& cgroup,
                                      const char* resource);

/// All of them, whatever becomes of one; the first error.
result<void> write_controls(const sys::cgroup_layout&,
                            const std::string& cgroup,
                            const std::vector<control_write>&);

} // namespace berth
