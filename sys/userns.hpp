#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <filesystem>
#include <string>

namespace berth::sys {

/// A user namespace with `map` ("INSIDE HERE SIZE" a line) for uids and gids
/// alike. It lives as long as the descriptor. Made by way of the program
/// `helper`, berth-ns: a process with threads cannot enter one itself.
result<fd> make_userns(const std::filesystem::path& helper,
                       const std::string& map);

} // namespace berth::sys
