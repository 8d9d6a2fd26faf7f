#include "core/network/resolvers.hpp"

#include "core/network/address_pool.hpp"
#include "sys/file.hpp"

#include <sstream>

namespace berth {

namespace {

constexpr size_t most_bytes = 64 * 1024;
constexpr uint32_t loopback_net = 127;

std::vector<uint32_t> resolvers_of(const char* path) {
  auto text = sys::read_file(path, most_bytes);
  return text ? resolvers_in(*text) : std::vector<uint32_t>{};
}

} // namespace

std::vector<uint32_t> resolvers_in(std::string_view resolv_conf) {
  auto found = std::vector<uint32_t>{};
  auto lines = std::istringstream{std::string{resolv_conf}};
  for (auto line = std::string{}; std::getline(lines, line);) {
    auto words = std::istringstream{line};
    auto keyword = std::string{}, value = std::string{};
    if (!(words >> keyword >> value) || keyword != "nameserver")
      continue;
    auto address = from_dotted(value);
    if (address && *address != 0 && *address >> 24 != loopback_net)
      found.push_back(*address);
  }
  return found;
}

std::vector<uint32_t> find_resolvers(const settings& all) {
  auto found = std::vector<uint32_t>{};
  for (const auto& text : all.runtime.dns)
    if (auto address = from_dotted(text))
      found.push_back(*address);
  if (found.empty())
    found = resolvers_of("/etc/resolv.conf");
  if (found.empty())
    found = resolvers_of("/run/systemd/resolve/resolv.conf");
  return found;
}

std::string resolv_conf(const std::vector<uint32_t>& resolvers) {
  auto text = std::string{};
  for (auto address : resolvers)
    text += "nameserver " + to_dotted(address) + "\n";
  return text;
}

} // namespace berth
