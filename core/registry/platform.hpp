#pragma once

namespace berth {

/// What images for this machine say of themselves, beside "linux".
#if defined(__aarch64__)
inline constexpr auto image_architecture = "arm64";
#else
inline constexpr auto image_architecture = "amd64";
#endif

} // namespace berth
