#pragma once

#include "sys/cgroup.hpp"

#include <string_view>

namespace berth::sys {

/// The text of control file `file` of cgroup `name`, from whichever hierarchy
/// has it; `not_found` if none does.
result<std::string> read_control_file(const cgroup_layout&,
                                      const std::string& name,
                                      const std::string& file);

/// Writes such a file, in one write.
result<void> write_control_file(const cgroup_layout&, const std::string& name,
                                const std::string& file, std::string_view text);

/// Every process in cgroup `name` and below, in no order. What comes and goes
/// meanwhile may be missing.
std::vector<pid_t> processes_below(const cgroup_layout&,
                                   const std::string& name);

/// "major:minor" of the disks of this machine, but for those that lie on
/// others or in memory.
std::vector<std::string> find_disks();

} // namespace berth::sys
