#pragma once

#include "actors/quarantine/hands.hpp"

namespace berth {

/// `directory`: the quarantine, one directory an entry.
quarantine_hand::behavior_type quarantine_worker(quarantine_hand::pointer self,
                                                 std::filesystem::path);

} // namespace berth
