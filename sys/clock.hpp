#pragma once

#include "model/error.hpp"

#include <chrono>
#include <string>

namespace berth::sys {

/// How long the machine has been up, the time it was suspended included. No
/// change of the system's time moves it.
std::chrono::nanoseconds since_boot();

/// A name that this boot of the machine shares with no other.
result<std::string> boot_id();

} // namespace berth::sys
