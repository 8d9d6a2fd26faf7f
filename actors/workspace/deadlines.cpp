#include "actors/workspace/deadlines.hpp"

#include "actors/workspace/steps.hpp"

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
deadline idle_deadline(const workspace_record& record,
                       const timeout_settings& timeouts, const hearing& ears) {
  const auto& spec = record.spec;
  auto idle
    = deadline{record.ticks.created, timeouts.startup, "period of inactivity"};
  if (record.ticks.active)
    idle = {*record.ticks.active, spec.timeout.value_or(timeouts.regular),
            "period of inactivity"};
  auto closed_limit = spec.closed_timeout.value_or(timeouts.after_close);
  if (record.ticks.active && record.conditions.closed
      && closed_limit > duration::zero() && closed_limit < idle.limit)
    idle = {*record.ticks.active, closed_limit, "after being closed"};
  idle.not_before = ears.since + std::min(idle.limit, ears.grace);
  return idle;
}

deadline running_deadline(const workspace_record& record,
                          const timeout_settings& timeouts,
                          const hearing& ears) {
  auto life = deadline{record.ticks.created,
                       record.spec.max_lifetime.value_or(timeouts.max_lifetime),
                       "maximum lifetime"};
  auto use
    = record.spec.is_headless()
        ? deadline{record.ticks.created, headless_limit(record.spec, timeouts),
                   "running the headless workspace"}
        : idle_deadline(record, timeouts, ears);
  return use.at() < life.at() ? use : life;
}

/// From the moment it began to stop, whatever hangs.
deadline stopping_deadline(const workspace_record& record,
                           const timeout_settings& timeouts) {
  if (record.owes_backup())
    return {record.ticks.phase, timeouts.content_finalization, "backup"};
  return {record.ticks.phase, timeouts.stopping, "stopping"};
}

std::string hours_and_minutes(duration d) {
  // Half a minute counts as one, as everywhere where Go prints it.
  auto minutes
    = std::chrono::floor<std::chrono::minutes>(d + std::chrono::seconds{30})
        .count();
  auto text = std::array<char, 32>{};
  std::snprintf(text.data(), text.size(), "%02ldh%02ldm",
                static_cast<long>(minutes / 60),
                static_cast<long>(minutes % 60));
  return text.data();
}

} // namespace

boot_time deadline::at() const {
  // What began before the machine booted has a negative `since`.
  auto is_endless
    = since > boot_time::zero() && limit > boot_time::max() - since;
  return std::max(is_endless ? boot_time::max() : since + limit, not_before);
}

std::optional<deadline> next_deadline(const workspace_record& record,
                                      const timeout_settings& timeouts,
                                      const hearing& ears) {
  const auto& ticks = record.ticks;
  switch (record.phase) {
    case phase::pending:
      return deadline{ticks.created, timeouts.initialization, "initialization"};
    case phase::creating:
      return deadline{ticks.created, timeouts.startup,
                      record.conditions.pulling_images ? "pulling images"
                                                       : "creating containers"};
    case phase::initializing:
      return deadline{ticks.created, timeouts.startup, "startup"};
    case phase::running:
      // A ghost is there to wait.
      if (record.spec.type == workspace_type::ghost)
        return std::nullopt;
      return running_deadline(record, timeouts, ears);
    case phase::interrupted:
      if (timeouts.interrupted == duration::zero())
        return std::nullopt;
      return deadline{ticks.active.value_or(ticks.created),
                      timeouts.interrupted, "workspace interruption"};
    case phase::stopping: return stopping_deadline(record, timeouts);
    case phase::unknown:
    case phase::stopped: return std::nullopt;
  }
  return std::nullopt;
}

std::string timeout_text(const deadline& missed, boot_time now) {
  return "workspace timed out after " + missed.what + " ("
         + hours_and_minutes(now - missed.since) + ") took longer than "
         + hours_and_minutes(missed.limit);
}

} // namespace berth
