#include "core/content/network.hpp"
#include "core/network/address_pool.hpp"
#include "core/network/egress.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

bool has_only(std::string_view text, std::string_view bytes) {
  return text.find_first_not_of(bytes) == text.npos;
}

constexpr std::string_view address_bytes = "0123456789abcdefABCDEF.:";

void try_address(std::string_view input) {
  if (auto address = parse_address(input)) {
    require(has_only(input, address_bytes), "an address is nothing but one");
    require(contains({*address, 128}, *address), "it is in its own network");
  }
  if (auto network = parse_network(input)) {
    require(has_only(input, std::string{address_bytes} + "/"),
            "a network is nothing but one");
    require(network->bits <= 128 && contains(*network, network->base),
            "a network holds its base");
    require(any_contains(std::vector{*network}, network->base),
            "whoever asks for it");
  }
  if (auto dotted = from_dotted(std::string{input}))
    require(from_dotted(to_dotted(*dotted)) == dotted
              && has_only(input, "0123456789."),
            "an IPv4 address survives being written");
  for (const auto& it : literal_endpoints(input, 443)) {
    auto known = parse_address(it.address);
    require(known && input.find('\0') == input.npos,
            "an endpoint is an address, nothing else");
  }
}

} // namespace

const target addresses{"addresses", try_address};

} // namespace berth::fuzz
