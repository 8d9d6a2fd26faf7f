#pragma once

#include "core/content/network.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace berth::worker {

/// Where this job may connect to.
class network_policy {
public:
  static result<network_policy> make(const std::vector<std::string>& denied);

  /// The same for who may reach only the internet, `allowed` networks, and of
  /// neither what is denied or an address of this machine's own.
  result<network_policy>
  only_internet(const std::vector<std::string>& allowed) const;

  /// The addresses of `host`, each of them allowed; empty where all are, which
  /// means "resolve it yourself". Who connects must use just these: a second
  /// look-up may answer differently.
  result<std::vector<std::string>> addresses(const std::string& host) const;

private:
  bool allows(const ip_address&) const;

  bool is_only_internet_ = false;
  std::vector<ip_network> denied_, allowed_, own_;
};

/// "host:port:address,address", as curl and git take it. Empty where nothing is
/// looked up: of a host that is an address, and without `addresses`.
std::string resolve_entry(const std::string& host, uint16_t port,
                          const std::vector<std::string>& addresses);

} // namespace berth::worker
