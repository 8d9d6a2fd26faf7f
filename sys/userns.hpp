#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <filesystem>

namespace berth::sys {

/// A user namespace in which ids 0..size-1 stand for `start`..`start+size-1`
/// here. It lives as long as somebody holds the descriptor. `helper` is
/// berth-ns: a program with threads can make none itself.
result<fd> make_user_namespace(const std::filesystem::path& helper,
                               uint32_t start, uint32_t size);

} // namespace berth::sys
