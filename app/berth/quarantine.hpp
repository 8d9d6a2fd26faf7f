#pragma once

#include "app/berth/command.hpp"

namespace berth::cli {

/// `content quarantine ls|restore|rm`.
int quarantine(session& run);

} // namespace berth::cli
