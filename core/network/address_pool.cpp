#include "core/network/address_pool.hpp"

#include <arpa/inet.h>

#include <array>

namespace berth {

namespace {

constexpr auto bits_of_workspace = 30;

uint32_t network_mask(uint8_t bits) {
  return bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
}

} // namespace

uint32_t address_pool::size() const {
  return bits_ > bits_of_workspace ? 0 : 1u << (bits_of_workspace - bits_);
}

result<workspace_subnet> address_pool::at(uint32_t slot) const {
  if (slot >= size())
    return make_error(ec::exhausted,
                      "no subnet for slot " + std::to_string(slot));
  auto base = (subnet_ & network_mask(bits_)) + slot * 4;
  return workspace_subnet{base + 1, base + 2};
}

std::string to_dotted(uint32_t address) {
  auto raw = in_addr{htonl(address)};
  auto text = std::array<char, INET_ADDRSTRLEN>{};
  ::inet_ntop(AF_INET, &raw, text.data(), text.size());
  return text.data();
}

result<uint32_t> from_dotted(const std::string& text) {
  auto raw = in_addr{};
  // inet_pton reads no further than a NUL.
  if (text.find('\0') != text.npos
      || ::inet_pton(AF_INET, text.c_str(), &raw) != 1)
    return make_error(ec::invalid_argument, "no IPv4 address: " + text);
  return ntohl(raw.s_addr);
}

} // namespace berth
