#include "core/network/resolvers.hpp"

#include "core/content/network.hpp"
#include "core/network/address_pool.hpp"
#include "sys/file.hpp"

#include <sstream>

namespace berth {

namespace {

constexpr size_t most_bytes = 64 * 1024;
constexpr uint32_t loopback_net = 127;
constexpr auto host_conf = "/etc/resolv.conf";

std::vector<std::string> name_servers_in(std::string_view resolv_conf) {
  auto found = std::vector<std::string>{};
  auto lines = std::istringstream{std::string{resolv_conf}};
  for (auto line = std::string{}; std::getline(lines, line);) {
    auto words = std::istringstream{line};
    auto keyword = std::string{}, value = std::string{};
    if (words >> keyword >> value && keyword == "nameserver")
      found.push_back(value);
  }
  return found;
}

std::vector<uint32_t> resolvers_of(const char* path) {
  auto text = sys::read_file(path, most_bytes);
  return text ? resolvers_in(*text) : std::vector<uint32_t>{};
}

} // namespace

std::vector<uint32_t> resolvers_in(std::string_view resolv_conf) {
  auto found = std::vector<uint32_t>{};
  for (const auto& text : name_servers_in(resolv_conf)) {
    auto address = from_dotted(text);
    if (address && *address != 0 && *address >> 24 != loopback_net)
      found.push_back(*address);
  }
  return found;
}

std::vector<std::string> host_resolvers() {
  auto found = std::vector<std::string>{};
  auto text = sys::read_file(host_conf, most_bytes);
  if (!text)
    return found;
  for (const auto& server : name_servers_in(*text))
    // A zone ("fe80::1%eth0") belongs to the link, not to the address.
    if (auto bare = server.substr(0, server.find('%')); parse_address(bare))
      found.push_back(std::move(bare));
  return found;
}

std::vector<uint32_t> find_resolvers(const settings& all) {
  auto found = std::vector<uint32_t>{};
  for (const auto& text : all.runtime.dns)
    if (auto address = from_dotted(text))
      found.push_back(*address);
  if (found.empty())
    found = resolvers_of(host_conf);
  if (found.empty())
    found = resolvers_of("/run/systemd/resolve/resolv.conf");
  return found;
}

std::string hosts_file(uint32_t address, const std::string& hostname) {
  // sudo looks the host's own name up.
  return "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
         + to_dotted(address) + " " + hostname + "\n";
}

std::string resolv_conf(const std::vector<uint32_t>& resolvers) {
  auto text = std::string{};
  for (auto address : resolvers)
    text += "nameserver " + to_dotted(address) + "\n";
  return text;
}

} // namespace berth
