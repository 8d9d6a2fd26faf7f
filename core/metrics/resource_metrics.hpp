#pragma once

#include "core/metrics/family.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace berth {

/// How the resources of the node are shared, under the names that dashboards of
/// the content daemon know. Thread-safe.
class resource_metrics {
public:
  using microseconds = std::chrono::microseconds;

  explicit resource_metrics(std::string node);

  void cpu_watched() { added_.count(one_qos()); }
  void cpu_unwatched() { removed_.count(one_qos()); }
  void cpu_throttled() { throttled_.count(one_qos()); }
  void cpu_burst() { burst_.count(one_qos()); }
  void cpu_used(std::chrono::nanoseconds in_all);

  /// `controller` was put to work for a workspace, or could not be.
  void activated(const std::string& controller, bool worked) {
    activations_.count({controller, worked ? "true" : "false"});
  }

  /// How long workspace `id` has waited for "cpu", "memory" or "io".
  void pressed(const std::string& id, const std::string& resource,
               microseconds some, microseconds full);

  /// Connections of workspace `id` that were above its limit.
  void connections_dropped(const std::string& id, uint64_t packets,
                           uint64_t bytes);

  /// Workspace `id` is gone.
  void forget(const std::string& id);

  void write(exposition&) const;

private:
  struct waiting {
    microseconds some{}, full{};
  };
  struct dropped {
    uint64_t packets = 0, bytes = 0;
  };

  static label_values one_qos() { return {"0"}; }
  void write_pressure(exposition&) const;
  void write_drops(exposition&) const;

  const std::string node_;
  counter_family added_, removed_, throttled_, burst_, activations_;
  mutable std::mutex mutex_;
  std::chrono::nanoseconds cpu_time_{};
  /// By resource, then by workspace.
  std::map<std::string, std::map<std::string, waiting>> pressure_;
  std::map<std::string, dropped> drops_;
};

} // namespace berth
