#pragma once

#include "actors/sessions/api.hpp"
#include "model/settings.hpp"

#include "ws-daemon-api/daemon.pb.h"

namespace berth::gateway {

/// What InitWorkspace asks for, checked in itself. Deprecated fields are not
/// looked at.
result<init_session> to_init_session(const wsdaemon::InitWorkspaceRequest&,
                                     const settings&);

} // namespace berth::gateway
