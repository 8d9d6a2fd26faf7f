#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <filesystem>

namespace berth::sys {

struct free_space {
  uint64_t bytes = 0;       ///< for root too, without what is kept back
  uint64_t files = 0;       ///< that may still be made
  bool counts_files = true; ///< false: it makes room for them as it goes
};

/// What is left of the file system of `path`.
result<free_space> find_free_space(const std::filesystem::path&);

} // namespace berth::sys
