#pragma once

#include "core/metrics/family.hpp"

namespace berth {

/// What became of backups and snapshots. Thread-safe.
class archive_counts {
public:
  void published(const std::string& purpose, bool consistent) {
    archives_.count({purpose, consistent ? "published" : "published-live"});
  }
  void failed(const std::string& purpose) {
    archives_.count({purpose, "failed"});
  }
  void resumed(const std::string& purpose) {
    archives_.count({purpose, "resumed"});
  }
  void left_out(const std::string& purpose, uint64_t entries) {
    left_out_.count({purpose}, entries);
  }

  void write(exposition& out) const {
    archives_.write(out);
    left_out_.write(out);
  }

private:
  counter_family archives_{
    {"berth_archives_total",
     "Backups and snapshots: published (-live: while somebody wrote), failed "
     "for good, or taken up again after a restart.",
     {"purpose", "outcome"}}};
  counter_family left_out_{{"berth_archive_entries_left_out_total",
                            "Pipes and devices, which archives do not hold.",
                            {"purpose"}}};
};

} // namespace berth
