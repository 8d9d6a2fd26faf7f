#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <string>

namespace berth {

/// How the processes of one container are told from all others.
struct container_mark {
  sys::shared_fd pid_namespace; ///< its init's
  std::string cgroup;           ///< relative to the root of each hierarchy
};

/// Whether the process that connected to `socket` lives in that container, or
/// in one that was made within it: `permission_denied` else.
result<void> check_peer(int socket, const container_mark&);

} // namespace berth
