#include "grpc_gateway/convert/adjustments.hpp"

#include "grpc_gateway/convert/spec_fields.hpp"

namespace berth::gateway {

result<adjustment> to_adjustment(const wsman::SetTimeoutRequest& request) {
  if (!wsman::TimeoutType_IsValid(request.type()))
    return refused("type " + std::to_string(request.type()) + " is unknown");
  if (request.duration().empty())
    return refused("duration is empty");
  auto limit = to_timeout("duration", request.duration());
  if (!limit)
    return std::move(limit.error());
  if (request.type() == wsman::CLOSED_TIMEOUT)
    return adjustment{new_closed_timeout{**limit}};
  return adjustment{new_timeout{**limit}};
}

result<adjustment> to_adjustment(const wsman::ControlPortRequest& request) {
  if (!request.has_spec())
    return refused("spec is missing");
  auto port = to_port("spec.port", request.spec());
  if (!port)
    return std::move(port.error());
  return adjustment{new_exposure{*port, request.expose()}};
}

result<adjustment>
to_adjustment(const wsman::ControlAdmissionRequest& request) {
  if (!wsman::AdmissionLevel_IsValid(request.level()))
    return refused("level " + std::to_string(request.level()) + " is unknown");
  return adjustment{new_admission{request.level() == wsman::ADMIT_EVERYONE}};
}

result<adjustment> to_adjustment(const wsman::UpdateSSHKeyRequest& request) {
  if (request.id().empty())
    return refused("id is empty");
  if (request.keys().empty())
    return refused("keys are empty");
  auto keys = to_ssh_keys("keys", request.keys());
  if (!keys)
    return std::move(keys.error());
  return adjustment{new_ssh_keys{std::move(*keys)}};
}

} // namespace berth::gateway
