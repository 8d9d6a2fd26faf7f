#pragma once

#include "model/error.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

/// Handing a part of a cgroup v2 tree to a user, as the kernel's documentation
/// calls "delegation". Paths are of cgroup directories.
namespace berth::sys {

/// Moves every process of `group` into its child `name`, which is made if it is
/// missing, and lets the child be limited by whatever `group` may use: only an
/// empty cgroup passes that on. `aborted` if new processes come faster than
/// they are moved.
result<void> evacuate_cgroup(const std::filesystem::path& group,
                             const std::string& name);

/// Gives `user` what it takes to make cgroups in and move processes within
/// `group` and its child `name`: directories and the files for that, none that
/// limits them. How many it may make is limited.
result<void> delegate_cgroup(const std::filesystem::path& group,
                             const std::string& name, uid_t user);

} // namespace berth::sys
