#pragma once

#include <cstdint>
#include <string>

namespace berth {

/// " 40 %", in steps of ten: each is another status, which a client may store.
/// Empty where nobody knows of how much; `total` is below 2^60.
inline std::string progress_text(uint64_t done, uint64_t total) {
  return total == 0 ? std::string{}
                    : " " + std::to_string(done * 10 / total * 10) + " %";
}

} // namespace berth
