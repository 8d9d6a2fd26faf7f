#pragma once

#include "actors/workspace/api.hpp"
#include "http_gateway/server.hpp"
#include "model/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::http {

struct page {
  unsigned status = 200;
  std::string type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

using records = std::vector<record_ptr>;

/// Whether the page at `path` needs the manager's records.
bool needs_records(std::string_view path);

/// The page at `path`: 404 if there is none, 503 if it needs records and the
/// manager gave an error instead; /metrics then goes without.
page render(std::string_view path, const result<records>&, const page_sources&);

/// A JSON array of what a status page shows of workspaces.
std::string to_json(const records&);

/// All that is measured, in Prometheus' text format.
std::string to_metrics(const result<records>&, const page_sources&);

} // namespace berth::http
