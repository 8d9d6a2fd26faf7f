#pragma once

#include "model/adjustment.hpp"

#include "ws-manager-api/core.pb.h"

/// What clients change of a workspace, each request checked in itself:
/// `invalid_argument` names the field that is wrong.
namespace berth::gateway {

result<adjustment> to_adjustment(const wsman::SetTimeoutRequest&);
result<adjustment> to_adjustment(const wsman::ControlPortRequest&);
result<adjustment> to_adjustment(const wsman::ControlAdmissionRequest&);
/// At least one key: an empty list is a mistake, not a wish to lock out.
result<adjustment> to_adjustment(const wsman::UpdateSSHKeyRequest&);

} // namespace berth::gateway
