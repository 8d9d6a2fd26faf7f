#include "grpc_gateway/convert/in_workspace.hpp"

#include "ws-daemon-api/workspace_daemon.pb.h"

namespace berth::gateway {

id_map to_id_map(const iws::WriteIDMappingRequest& request) {
  auto map = id_map{};
  for (const auto& line : request.mapping())
    map.push_back({line.container_id(), line.host_id(), line.size()});
  return map;
}

mount_nested to_mount(nested_fs type, const iws::MountProcRequest& request) {
  auto out = mount_nested{};
  out.type = type;
  out.pid = request.pid();
  out.target = request.target();
  return out;
}

mount_nested to_mount(const iws::MountNfsRequest& request) {
  auto out = mount_nested{};
  out.type = nested_fs::nfs;
  out.pid = request.pid();
  out.target = request.target();
  out.source = request.source();
  out.options = request.args();
  return out;
}

} // namespace berth::gateway
