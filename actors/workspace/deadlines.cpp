#include "actors/workspace/deadlines.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace berth {

namespace {

using namespace std::chrono_literals;

/// A probe only shows that workspaces start here; it never runs long.
constexpr duration probe_limit = 15min;

duration headless_limit(const workspace_spec& spec,
                        const timeout_settings& timeouts) {
  auto limit = spec.timeout.value_or(timeouts.headless);
  if (spec.type == workspace_type::probe)
    limit = std::min(limit, probe_limit);
  return std::min(limit, timeouts.headless);
}

/// How long a regular workspace may go unused.
std::optional<deadline> idle_deadline(const workspace_record& record,
                                      const timeout_settings& timeouts) {
  const auto& spec = record.spec;
  if (!record.last_activity)
    return deadline{record.created_at, timeouts.startup,
                    "period of inactivity"};
  auto idle
    = deadline{*record.last_activity, spec.timeout.value_or(timeouts.regular),
               "period of inactivity"};
  auto closed = deadline{*record.last_activity,
                         spec.closed_timeout.value_or(timeouts.after_close),
                         "after being closed"};
  auto closed_counts = record.conditions.closed && closed.limit > 0s;
  return closed_counts && closed.at() < idle.at() ? closed : idle;
}

deadline running_deadline(const workspace_record& record,
                          const timeout_settings& timeouts) {
  auto life = deadline{record.created_at,
                       record.spec.max_lifetime.value_or(timeouts.max_lifetime),
                       "maximum lifetime"};
  auto use
    = record.spec.is_headless()
        ? deadline{record.created_at, headless_limit(record.spec, timeouts),
                   "running the headless workspace"}
        : idle_deadline(record, timeouts).value_or(life);
  return use.at() < life.at() ? use : life;
}

std::string hours_and_minutes(duration d) {
  auto minutes = std::chrono::round<std::chrono::minutes>(d).count();
  auto text = std::array<char, 32>{};
  std::snprintf(text.data(), text.size(), "%02ldh%02ldm",
                static_cast<long>(minutes / 60),
                static_cast<long>(minutes % 60));
  return text.data();
}

} // namespace

std::optional<deadline> next_deadline(const workspace_record& record,
                                      const timeout_settings& timeouts) {
  switch (record.phase) {
    case phase::pending:
      return deadline{record.created_at, timeouts.initialization,
                      "initialization"};
    case phase::creating:
      return deadline{record.created_at, timeouts.startup,
                      record.conditions.pulling_images ? "pulling images"
                                                       : "creating containers"};
    case phase::initializing:
      return deadline{record.created_at, timeouts.startup, "startup"};
    case phase::running: return running_deadline(record, timeouts);
    case phase::interrupted:
      return deadline{record.last_activity.value_or(record.created_at),
                      timeouts.interrupted, "workspace interruption"};
    case phase::stopping:
      return deadline{
        record.stopping_since.value_or(record.created_at),
        record.conditions.final_backup_complete ? timeouts.stopping
                                                : timeouts.content_finalization,
        record.conditions.final_backup_complete ? "stopping" : "backup"};
    case phase::unknown:
    case phase::stopped: return std::nullopt;
  }
  return std::nullopt;
}

std::string timeout_text(const deadline& missed, wall_time now) {
  return "workspace timed out after " + missed.what + " ("
         + hours_and_minutes(now - missed.since) + ") took longer than "
         + hours_and_minutes(missed.limit);
}

} // namespace berth
