#include "core/metrics/resource_metrics.hpp"

namespace berth {

namespace {

const std::string resource_prefix = "gitpod_ws_daemon_";

family_info of_cpu(const std::string& what, const std::string& help) {
  return {resource_prefix + "cpulimit_workspaces_" + what, help, {"qos"}};
}

double seconds_of(std::chrono::nanoseconds d) {
  return std::chrono::duration<double>{d}.count();
}

} // namespace

resource_metrics::resource_metrics(std::string node)
  : node_(std::move(node)),
    added_(of_cpu("added_total", "Workspaces whose CPU limit is moved.")),
    removed_(of_cpu("removed_total", "Those that are gone.")),
    throttled_(
      of_cpu("throttled_total", "Turns in which one was found held back.")),
    burst_(of_cpu("burst_total", "Turns in which one was given its burst.")),
    activations_({resource_prefix + "cgroup_plugin_activation_total",
                  "Controllers that were put to work for a workspace.",
                  {"plugin", "success"}}) {}

void resource_metrics::cpu_used(std::chrono::nanoseconds in_all) {
  auto lock = std::lock_guard{mutex_};
  cpu_time_ = in_all;
}

void resource_metrics::pressed(const std::string& id,
                               const std::string& resource, microseconds some,
                               microseconds full) {
  auto lock = std::lock_guard{mutex_};
  pressure_[resource][id] = {some, full};
}

void resource_metrics::connections_dropped(const std::string& id,
                                           uint64_t packets, uint64_t bytes) {
  auto lock = std::lock_guard{mutex_};
  drops_[id] = {packets, bytes};
}

void resource_metrics::forget(const std::string& id) {
  auto lock = std::lock_guard{mutex_};
  drops_.erase(id);
  for (auto& [resource, by_id] : pressure_)
    by_id.erase(id);
}

void resource_metrics::write(exposition& out) const {
  for (const auto* it : {&added_, &removed_, &throttled_, &burst_})
    it->write(out);
  activations_.write(out);
  auto lock = std::lock_guard{mutex_};
  out.family(resource_prefix + "cpulimit_workspaces_cputime_seconds", "gauge",
             "CPU time used by workspaces whose limit is moved.");
  out.sample({{"qos", "0"}}, seconds_of(cpu_time_));
  write_pressure(out);
  write_drops(out);
}

void resource_metrics::write_pressure(exposition& out) const {
  for (const auto& [resource, by_id] : pressure_) {
    out.family(resource_prefix + "workspace_" + resource + "_psi_total_seconds",
               "gauge", "Time that processes of a workspace waited for it.");
    for (const auto& [id, it] : by_id) {
      auto sample = [&, &id = id](const char* kind, microseconds waited) {
        out.sample({{"node", node_}, {"workspace", id}, {"kind", kind}},
                   seconds_of(waited));
      };
      sample("some", it.some);
      sample("full", it.full);
    }
  }
}

void resource_metrics::write_drops(exposition& out) const {
  auto family = [&](const char* what, auto value_of) {
    out.family(resource_prefix + "netlimit_connections_dropped_" + what,
               "gauge", "New connections above a workspace's limit.");
    for (const auto& [id, it] : drops_)
      out.sample({{"node", node_}, {"workspace", id}},
                 static_cast<double>(value_of(it)));
  };
  family("bytes", [](const dropped& it) { return it.bytes; });
  family("packets", [](const dropped& it) { return it.packets; });
}

} // namespace berth
