#pragma once

#include "actors/events/api.hpp"
#include "core/metrics/family.hpp"
#include "model/settings.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace berth::http {

/// Counts what happens to workspaces. It hears every stored change, and what
/// it hears of a workspace for the first time, after a restart, is where
/// counting begins: each event counts once. Thread-safe.
class workspace_metrics : public status_listener {
public:
  explicit workspace_metrics(const std::string& prefix);

  bool offer(const record_ptr&) override;

  /// What was counted.
  void write(exposition&) const;

private:
  void compare(const workspace_record& before, const workspace_record& now);
  void count_failures(const workspace_record& before,
                      const workspace_record& now);
  void count_phase(const workspace_record& before, const workspace_record& now);

  histogram_family startup_, pending_, creating_;
  counter_family starts_, failed_starts_, failures_, stops_, backups_,
    failed_backups_, restores_, failed_restores_;

  std::mutex mutex_;
  std::map<std::string, record_ptr> known_; ///< those that have not stopped
};

/// How many workspaces there are of what kind, and what they hold.
void write_workspace_gauges(exposition&, const settings&,
                            const std::vector<record_ptr>&);

/// As it stands in the label `type`.
std::string type_label(const workspace_record&);

} // namespace berth::http
