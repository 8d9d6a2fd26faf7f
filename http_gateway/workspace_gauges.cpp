#include "http_gateway/workspace_metrics.hpp"
#include "model/duration.hpp"

#include <array>

namespace berth::http {

namespace {

using records = std::vector<record_ptr>;

bool lives(const record_ptr& record) {
  return record->phase != phase::stopped;
}

std::string capitalized(phase p) {
  auto name = to_string(p);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

void write_phases(exposition& out, const std::string& prefix,
                  const records& all) {
  auto counts = std::map<std::array<std::string, 3>, double>{};
  for (const auto& record : all)
    ++counts[{capitalized(record->phase), type_label(*record),
              record->spec.class_id}];
  out.family(prefix + "workspace_phase_total", "gauge",
             "Workspaces that are known now.");
  for (const auto& [of, count] : counts)
    out.sample({{"phase", of[0]}, {"type", of[1]}, {"class", of[2]}}, count);
}

void write_utilization(exposition& out, const settings& settings,
                       const records& all) {
  struct share {
    double cores = 0, bytes = 0;
  };
  auto regular = share{}, headless = share{};
  for (const auto& record : all) {
    auto limits = settings.classes.find(record->spec.class_id);
    if (!lives(record) || limits == settings.classes.end())
      continue;
    auto& of = record->spec.is_headless() ? headless : regular;
    of.cores += static_cast<double>(limits->second.cpu_min_millis) / 1000;
    of.bytes += static_cast<double>(limits->second.memory_bytes);
  }
  out.family(settings.metrics_prefix + "workspace_node_utilization", "gauge",
             "Cores and bytes of memory that live workspaces asked for.");
  auto sample = [&](const char* resource, const char* type, double value) {
    out.sample(
      {{"node", settings.node.name}, {"resource", resource}, {"type", type}},
      value);
  };
  sample("cpu", "regular", regular.cores);
  sample("cpu", "headless", headless.cores);
  sample("memory", "regular", regular.bytes);
  sample("memory", "headless", headless.bytes);
}

void write_activity(exposition& out, const std::string& prefix,
                    const records& all) {
  auto used = 0.0, unused = 0.0;
  for (const auto& record : all)
    if (lives(record) && !record->spec.is_headless())
      ++(record->last_activity ? used : unused);
  out.family(prefix + "workspace_activity_total", "gauge",
             "Live regular workspaces that somebody used, and others.");
  out.sample({{"active", "true"}}, used);
  out.sample({{"active", "false"}}, unused);
}

void write_timeouts(exposition& out, const records& all) {
  auto counts = std::map<std::string, double>{};
  for (const auto& record : all)
    if (lives(record) && record->spec.timeout)
      ++counts[format_duration(*record->spec.timeout)];
  out.family("wsman_workspace_timeout_settings_total", "gauge",
             "Live workspaces by the timeout they were given.");
  for (const auto& [timeout, count] : counts)
    out.sample({{"timeout", timeout}}, count);
}

} // namespace

std::string type_label(const workspace_record& record) {
  switch (record.spec.type) {
    case workspace_type::regular: return "Regular";
    case workspace_type::prebuild: return "Prebuild";
    case workspace_type::imagebuild: return "ImageBuild";
    case workspace_type::probe: return "Probe";
    case workspace_type::ghost: return "Ghost";
  }
  return "Unknown";
}

void write_workspace_gauges(exposition& out, const settings& settings,
                            const records& all) {
  write_phases(out, settings.metrics_prefix, all);
  write_utilization(out, settings, all);
  write_activity(out, settings.metrics_prefix, all);
  write_timeouts(out, all);
}

} // namespace berth::http
