#pragma once

#include "app/berth-worker/network_policy.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace berth::worker {

struct fetch_request {
  std::string url; ///< http or https, without user or password
  uint64_t most_bytes = 0;
  std::chrono::seconds deadline{1800};
  /// Gets the body; an error ends the transfer.
  std::function<result<void>(std::string_view)> on_body;
};

/// One GET. Follows up to three redirects, each checked like the first URL and
/// never from https to http. Any status but 200 is an error: `unavailable` if
/// trying again may help, `not_found` or `permission_denied` if not.
result<void> fetch(const fetch_request&, const network_policy&);

} // namespace berth::worker
