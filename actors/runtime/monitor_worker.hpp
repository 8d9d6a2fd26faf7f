#pragma once

#include "core/layout.hpp"
#include "model/error.hpp"

#include <chrono>
#include <string>

/// The monitor of a container is conmon: it outlives berthd, notes the exit
/// code, then ends. It is no child of ours and known by its pid file.
namespace berth {

/// Waits until the monitor of `id` is gone, which is at once if there is none;
/// `patience` at most.
void await_monitor(const layout&, const std::string& id,
                   std::chrono::milliseconds patience);

/// The same, then kills one that is still there.
void finish_monitor(const layout&, const std::string& id,
                    std::chrono::milliseconds patience);

/// Moves it into the cgroup of the monitors. `not_found` if there is none.
result<void> settle_monitor_of(const layout&, const std::string& id);

} // namespace berth
