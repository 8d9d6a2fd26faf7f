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

  bool is_open() const { return denied_.empty(); }

  /// The addresses of `host`, each of them allowed; without a deny list none,
  /// which means "resolve it yourself". Who connects must use just these: a
  /// second look-up may answer differently.
  result<std::vector<std::string>> addresses(const std::string& host) const;

private:
  std::vector<ip_network> denied_;
};

/// "host:port:address,address", as curl and git take it.
std::string resolve_entry(const std::string& host, uint16_t port,
                          const std::vector<std::string>& addresses);

} // namespace berth::worker
