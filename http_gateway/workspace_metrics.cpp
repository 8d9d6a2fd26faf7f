#include "http_gateway/workspace_metrics.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace berth::http {

namespace {

constexpr std::string_view init_failure = "Content initialization failed";
/// How the kernel says it when a process writes beyond its quota.
constexpr std::array out_of_space{"No space left on device",
                                  "Disk quota exceeded"};

const std::vector<double> phase_buckets{2,  4,   8,   16,  32,
                                        64, 128, 256, 512, 1024};

label_values kind_of(const workspace_record& record) {
  return {type_label(record), record.spec.class_id};
}

double seconds(duration d) {
  return std::chrono::duration<double>{d}.count();
}

bool ran_out_of_space(const std::string& text) {
  for (const auto* sign : out_of_space)
    if (text.find(sign) != std::string::npos)
      return true;
  return false;
}

std::string stop_reason(const workspace_conditions& is) {
  if (!is.failed.empty() && !is.ever_ready)
    return "start-failure";
  if (!is.failed.empty())
    return ran_out_of_space(is.failed) ? "out-of-space" : "failed";
  if (is.aborted)
    return "aborted";
  if (!is.timeout.empty())
    return "timeout";
  return is.closed ? "tab-closed" : "regular-stop";
}

family_info by_kind(const std::string& name, const std::string& help) {
  return {name, help, {"type", "class"}};
}

} // namespace

workspace_metrics::workspace_metrics(const std::string& prefix)
  : startup_(by_kind(prefix + "workspace_startup_seconds",
                     "Time from a start to the first Running."),
             phase_buckets),
    pending_(by_kind(prefix + "workspace_pending_seconds",
                     "Time spent in the phase Pending."),
             phase_buckets),
    creating_(by_kind(prefix + "workspace_creating_seconds",
                      "Time spent in the phase Creating."),
              phase_buckets),
    starts_(by_kind(prefix + "workspace_starts_total",
                    "Workspaces that were accepted.")),
    failed_starts_(by_kind(prefix + "workspace_starts_failure_total",
                           "Workspaces that stopped without ever running and "
                           "were not asked to.")),
    failures_(
      by_kind(prefix + "workspace_failure_total", "Workspaces that failed.")),
    stops_({prefix + "workspace_stops_total",
            "Workspaces that stopped, and why.",
            {"reason", "type", "class"}}),
    backups_(by_kind(prefix + "workspace_backups_total",
                     "Last backups, those that failed included.")),
    failed_backups_(by_kind(prefix + "workspace_backups_failure_total",
                            "Last backups that failed.")),
    restores_(by_kind(prefix + "workspace_restores_total",
                      "Contents that were initialized.")),
    failed_restores_(by_kind(prefix + "workspace_restores_failure_total",
                             "Contents that could not be initialized.")) {}

bool workspace_metrics::offer(const record_ptr& record) {
  auto lock = std::lock_guard{mutex_};
  auto known = known_.find(record->spec.id);
  if (known != known_.end()) {
    compare(*known->second, *record);
  } else if (record->version == 1) {
    starts_.count(kind_of(*record));
    compare(workspace_record{}, *record);
  }
  if (record->phase == phase::stopped)
    known_.erase(record->spec.id);
  else
    known_[record->spec.id] = record;
  return true;
}

void workspace_metrics::compare(const workspace_record& before,
                                const workspace_record& now) {
  if (before.phase != now.phase)
    count_phase(before, now);
  count_failures(before, now);
  const auto kind = kind_of(now);
  const auto& was = before.conditions;
  const auto& is = now.conditions;
  if (!was.ever_ready && is.ever_ready)
    startup_.observe(kind, seconds(now.ticks.phase - now.ticks.created));
  if (!was.content_ready && is.content_ready)
    restores_.count(kind);
  if (!was.final_backup_complete && is.final_backup_complete)
    backups_.count(kind);
}

void workspace_metrics::count_failures(const workspace_record& before,
                                       const workspace_record& now) {
  const auto kind = kind_of(now);
  const auto& was = before.conditions;
  const auto& is = now.conditions;
  if (was.failed.empty() && !is.failed.empty()) {
    failures_.count(kind);
    if (is.failed.starts_with(init_failure))
      failed_restores_.count(kind);
  }
  if (!was.backup_failed && is.backup_failed) {
    backups_.count(kind);
    failed_backups_.count(kind);
  }
}

void workspace_metrics::count_phase(const workspace_record& before,
                                    const workspace_record& now) {
  const auto kind = kind_of(now);
  auto spent = seconds(now.ticks.phase - before.ticks.phase);
  if (before.phase == phase::pending && now.phase != phase::stopping)
    pending_.observe(kind, spent);
  if (before.phase == phase::creating && now.phase != phase::stopping)
    creating_.observe(kind, spent);
  if (now.phase != phase::stopped)
    return;
  const auto& is = now.conditions;
  stops_.count({stop_reason(is), kind[0], kind[1]});
  if (!is.ever_ready && !is.aborted && !is.stopped_by_request)
    failed_starts_.count(kind);
}

void workspace_metrics::write(exposition& out) const {
  for (const auto* one :
       {&starts_, &failed_starts_, &failures_, &stops_, &backups_,
        &failed_backups_, &restores_, &failed_restores_})
    one->write(out);
  for (const auto* one : {&startup_, &pending_, &creating_})
    one->write(out);
}

} // namespace berth::http
