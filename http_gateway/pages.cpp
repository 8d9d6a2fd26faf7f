#include "http_gateway/pages.hpp"

#include "core/json_text.hpp"
#include "http_gateway/assets.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace berth::http {

namespace {

using json = nlohmann::json;

constexpr auto plain = "text/plain; charset=utf-8";

struct asset {
  std::string_view path;
  const char* type;
  const char* body;
};

constexpr std::array assets{
  asset{"/", "text/html; charset=utf-8", status_html},
  asset{"/status.css", "text/css; charset=utf-8", status_css},
  asset{"/status.js", "text/javascript; charset=utf-8", status_js},
};

const char* name_of(workspace_type type) {
  switch (type) {
    case workspace_type::regular: return "regular";
    case workspace_type::prebuild: return "prebuild";
    case workspace_type::probe: return "probe";
    case workspace_type::ghost: return "ghost";
    case workspace_type::imagebuild: return "imagebuild";
  }
  return "unknown";
}

int64_t to_milliseconds(wall_time at) {
  return std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch())
    .count();
}

/// Everything about a workspace that may be seen by whoever opens the page.
json to_json(const workspace_record& record) {
  const auto& spec = record.spec;
  auto ports = json::array();
  for (const auto& port : spec.ports)
    ports.push_back({{"number", port.number}, {"public", port.is_public}});
  auto out = json{
    {"id", spec.id},
    {"owner", spec.owner},
    {"metaId", spec.meta_id},
    {"type", name_of(spec.type)},
    {"class", spec.class_id},
    {"image", spec.image},
    {"phase", to_string(record.phase)},
    {"message", record.message},
    {"url", record.url},
    {"ports", std::move(ports)},
    {"failed", record.conditions.failed},
    {"timeout", record.conditions.timeout},
    {"finalBackupComplete", record.conditions.final_backup_complete},
    {"backupFailed", record.conditions.backup_failed},
    {"version", record.version},
    {"createdAtMs", to_milliseconds(record.created_at)},
  };
  if (record.last_activity)
    out["lastActivityMs"] = to_milliseconds(*record.last_activity);
  return out;
}

page unavailable(const caf::error& why) {
  return {503, plain, describe(why) + "\n"};
}

} // namespace

bool needs_records(std::string_view path) {
  return path == "/readyz" || path == "/metrics" || path == "/api/workspaces";
}

page render(std::string_view path, const result<records>& found,
            const page_sources& sources) {
  auto here = std::find_if(assets.begin(), assets.end(),
                           [&](const auto& a) { return a.path == path; });
  if (here != assets.end())
    return {200, here->type, here->body};
  if (path == "/healthz")
    return {200, plain, "ok\n"};
  if (!needs_records(path))
    return {404, plain, "there is no such page\n"};
  if (path == "/metrics")
    return {200, "text/plain; version=0.0.4; charset=utf-8",
            to_metrics(found, sources)};
  if (!found)
    return unavailable(found.error());
  if (path == "/readyz")
    return {200, plain, "ready\n"};
  return {
    200, "application/json",
    print_json_lossy({{"node", sources.node_name},
                      {"version", sources.version},
                      {"shortage", sources.shortage ? sources.shortage() : ""},
                      {"workspaces", parse_json(to_json(*found))}})};
}

std::string to_json(const records& found) {
  auto sorted = found;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::tie(a->created_at, a->spec.id)
           > std::tie(b->created_at, b->spec.id);
  });
  auto all = json::array();
  for (const auto& record : sorted)
    all.push_back(to_json(*record));
  // Texts may hold bytes that are no UTF-8.
  return print_json_lossy(all);
}

} // namespace berth::http
