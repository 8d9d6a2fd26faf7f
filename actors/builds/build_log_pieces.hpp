#pragma once

#include "actors/builds/api.hpp"
#include "core/builds/build_log.hpp"

#include <cstdint>

namespace berth {

/// What a reader who has `from` bytes of a build's log gets next. Whether it
/// is the last piece, the caller knows.
build_log_piece next_log_piece(const build_record&, const log_ring&,
                               uint64_t from);

} // namespace berth
