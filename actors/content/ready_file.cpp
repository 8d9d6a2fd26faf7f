#include "actors/content/ready_file.hpp"

#include "core/json_text.hpp"

#include <nlohmann/json.hpp>

namespace berth {

namespace {

using nlohmann::json;

bool is_source(const std::string& source) {
  return source == "from-backup" || source == "from-prebuild"
         || source == "from-other";
}

} // namespace

std::string to_ready_file(const content_initialized& content) {
  auto metrics = json{};
  for (const auto& metric : content.metrics)
    metrics.push_back({{"type", metric.kind},
                       {"duration", metric.took.count()},
                       {"size", metric.bytes}});
  return print_json(json{{"source", content.source}, {"metrics", metrics}});
}

std::optional<content_initialized> parse_ready_file(std::string_view text) {
  try {
    auto document = parse_json(text);
    auto out = content_initialized{};
    document.at("source").get_to(out.source);
    if (!is_source(out.source))
      return std::nullopt;
    // `null` without a metric: iterates as nothing.
    for (const auto& metric : document.at("metrics"))
      out.metrics.push_back({metric.at("type").get<std::string>(),
                             duration{metric.at("duration").get<int64_t>()},
                             metric.at("size").get<uint64_t>()});
    return out;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace berth
