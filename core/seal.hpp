#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth {

/// Bytes of a key for `seal`.
inline constexpr size_t seal_key_bytes = 32;

/// `text` encrypted and authenticated (AES-256-GCM, a fresh nonce each time)
/// under `key`, bound to `subject`: what was sealed for one is refused for
/// another.
result<std::string> seal(std::string_view text, std::string_view subject,
                         std::string_view key);

/// What was sealed; `data_loss` if the key or the subject is another one or a
/// bit has changed.
result<std::string> unseal(std::string_view sealed, std::string_view subject,
                           std::string_view key);

/// A fresh key from the system's generator.
result<std::string> make_seal_key();

} // namespace berth
