#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace berth::ring {

/// Where the innermost ring finds who asks the node on its behalf.
inline constexpr const char* broker_socket = "/dev/shm/ring.sock";

/// Starts `count` processes that ask for whoever asks them; a request names a
/// method and a path, the process is the one that asks. As many are served at
/// the same time.
std::vector<pid_t> start_brokers(int count);

/// From inside: the node's answer to METHOD for this process and `target`.
std::string ask_broker(const std::string& method, const std::string& target);

/// `workers` processes at once do this `times` times each: a mount namespace
/// of its own, a proc mounted in it. How many of them found it there.
int storm(int workers, int times);

} // namespace berth::ring
