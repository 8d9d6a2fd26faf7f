#include "core/metrics/content_metrics.hpp"

namespace berth {

namespace {

const std::vector<double> life_buckets{2,  4,   8,   16,  32,
                                       64, 128, 256, 512, 1024};
const std::vector<double> wait_buckets{5, 10, 30, 60, 120, 180, 300, 600, 1800};

const std::string daemon_prefix = "gitpod_ws_daemon_";

family_info by_type(const std::string& name, const std::string& help) {
  return {daemon_prefix + name, help, {"type", "class"}};
}

double in_seconds(content_metrics::duration d) {
  return std::chrono::duration<double>{d}.count();
}

} // namespace

content_metrics::content_metrics()
  // Dashboards ask for the first name of each, which has its prefix twice.
  : initialize_(by_type(daemon_prefix + "workspace_initialize_seconds",
                        "Time it took to fill a content."),
                life_buckets),
    initialize_clean_(by_type("workspace_initialize_seconds",
                              "Time it took to fill a content."),
                      life_buckets),
    finalize_(by_type(daemon_prefix + "workspace_finalize_seconds",
                      "Time from a disposal to its end."),
              life_buckets),
    finalize_clean_(
      by_type("workspace_finalize_seconds", "Time from a disposal to its end."),
      life_buckets),
    waiting_({daemon_prefix + "concurrent_backup_waiting_seconds_mk2",
              "Time that archives waited for their turn.",
              {}},
             wait_buckets) {}

void content_metrics::initialized(const std::string& type,
                                  const std::string& workspace_class,
                                  duration took) {
  for (auto* one : {&initialize_, &initialize_clean_})
    one->observe({type, workspace_class}, in_seconds(took));
}

void content_metrics::finalized(const std::string& type,
                                const std::string& workspace_class,
                                duration took) {
  for (auto* one : {&finalize_, &finalize_clean_})
    one->observe({type, workspace_class}, in_seconds(took));
}

void content_metrics::archive_waited(duration took) {
  waiting_.observe({}, in_seconds(took));
}

void content_metrics::write(exposition& out) const {
  for (const auto* one : {&initialize_, &initialize_clean_, &finalize_,
                          &finalize_clean_, &waiting_})
    one->write(out);
}

} // namespace berth
