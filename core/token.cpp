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

} // namespace

std::string make_owner_token() {
  // A plain modulo would prefer the first characters: bytes beyond the last
  // whole multiple of the alphabet are thrown away.
  constexpr auto usable = 256 / letters.size() * letters.size();
  auto token = std::string{};
  while (token.size() < 32) {
    auto bytes = std::array<unsigned char, 64>{};
    if (::getrandom(bytes.data(), bytes.size(), 0)
        != static_cast<ssize_t>(bytes.size()))
      throw std::system_error{errno, std::generic_category(), "getrandom"};
    for (auto byte : bytes)
      if (byte < usable && token.size() < 32)
        token += letters[byte % letters.size()];
  }
  return token;
}

} // namespace berth
