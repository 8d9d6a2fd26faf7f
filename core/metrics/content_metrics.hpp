#pragma once

#include "core/metrics/family.hpp"

#include <chrono>
#include <string>

namespace berth {

/// How long contents take to come and go, under the names that dashboards of
/// the content daemon know. Thread-safe.
class content_metrics {
public:
  using duration = std::chrono::nanoseconds;

  content_metrics();

  /// `type` and `workspace_class` are labels; a session has no class.
  void initialized(const std::string& type, const std::string& workspace_class,
                   duration took);
  void finalized(const std::string& type, const std::string& workspace_class,
                 duration took);
  /// An archive waited for its turn.
  void archive_waited(duration took);

  void write(exposition&) const;

private:
  histogram_family initialize_, initialize_clean_, finalize_, finalize_clean_,
    waiting_;
};

} // namespace berth
