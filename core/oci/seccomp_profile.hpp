#pragma once

#include "model/error.hpp"

#include <string>

namespace berth {

/// The system call filter of every workspace as the kernel takes it, an array
/// of `sock_filter`. It takes some milliseconds to make: once for all.
///
/// Calls are denied unless listed; sockets are those of an ordinary program
/// (unix, IPv4, IPv6, netlink, packet), every other family is unknown. Only
/// programs of this machine's own architecture run.
result<std::string> compile_seccomp_profile();

} // namespace berth
