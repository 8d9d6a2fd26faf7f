#include "core/workspace_peer.hpp"

#include "sys/peer.hpp"

namespace berth {

result<void> check_peer(int socket, const container_mark& of) {
  auto peer = sys::pin_peer(socket);
  if (!peer || !sys::descends_from(peer->pid_ns, *of.pid_namespace)
      || !sys::is_in_cgroup(peer->dir, of.cgroup))
    return make_error(ec::permission_denied,
                      "this socket is for the processes of its workspace "
                      "alone");
  return {};
}

} // namespace berth
