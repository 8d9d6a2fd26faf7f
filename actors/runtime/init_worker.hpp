#pragma once

#include "core/layout.hpp"
#include "model/error.hpp"
#include "model/workspace.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// The process of container `id` as noted when it was created; none if it
/// never was.
result<std::optional<container_ref>> noted_container(const layout&,
                                                     const std::string& id);

/// Notes it, for later berthds too.
std::string container_note(const container_ref&);

/// Waits until the container's init runs a program of its own. Until then it is
/// still the OCI runtime, which nobody may join. `failed_precondition` if it
/// has ended, `timeout` after `patience`.
result<void> await_begun(const container_ref&,
                         std::chrono::milliseconds patience);

/// The environment of the container's init, "NAME=value", once it is complete.
/// `timeout` after `patience`.
result<std::vector<std::string>>
await_environment(const container_ref&, std::chrono::milliseconds patience);

/// Waits until the container's init blocks or catches `signal`: a PID 1 never
/// hears one that comes before. Returns too when it has ended, or after
/// `patience`.
void await_listening(const container_ref&, int signal,
                     std::chrono::milliseconds patience);

} // namespace berth
