#pragma once

#include <chrono>
#include <cstdint>

namespace berth {

/// How long to wait after failure `n`, from 0: twice as long each time, up to
/// `longest`, less a random part of up to a half.
std::chrono::milliseconds back_off(uint32_t n, std::chrono::milliseconds first,
                                   std::chrono::milliseconds longest);

} // namespace berth
