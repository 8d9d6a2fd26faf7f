#include "core/token.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace berth {

namespace {

constexpr std::string_view letters
  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.";

template <size_t N>
std::array<unsigned char, N> random_bytes() {
  auto bytes = std::array<unsigned char, N>{};
  if (::getrandom(bytes.data(), bytes.size(), 0)
      != static_cast<ssize_t>(bytes.size()))
    throw std::system_error{errno, std::generic_category(), "getrandom"};
  return bytes;
}

} // namespace

std::string make_uuid() {
  constexpr std::string_view digits = "0123456789abcdef";
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  auto out = std::string{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      out += '-';
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 15];
  }
  return out;
}

std::string make_owner_token() {
  // A plain modulo would prefer the first characters: bytes beyond the last
  // whole multiple of the alphabet are thrown away.
  constexpr auto usable = 256 / letters.size() * letters.size();
  auto token = std::string{};
  while (token.size() < 32)
    for (auto byte : random_bytes<64>())
      if (byte < usable && token.size() < 32)
        token += letters[byte % letters.size()];
  return token;
}

} // namespace berth
