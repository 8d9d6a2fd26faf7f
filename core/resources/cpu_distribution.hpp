#pragma once

#include "core/resources/cpu_limit.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// What a cgroup has used of the CPUs.
struct cpu_reading {
  nanoseconds used{};
  uint64_t throttled = 0; ///< periods in which it was held back
};

/// What a workspace may have, in thousandths of a core.
struct cpu_terms {
  uint64_t limit = 0; ///< at any time
  uint64_t burst = 0; ///< while the node has it to spare; 0: all of it
  std::vector<cpu_bucket> buckets; ///< in place of `limit`, if there are any
};

struct cpu_subject {
  std::string id;
  cpu_reading reading;
  cpu_terms terms;
};

struct cpu_order {
  std::string id;
  std::optional<uint64_t> limit; ///< thousandths of a core; nothing: none
  bool was_throttled = false;
  bool is_burst = false;
  bool operator==(const cpu_order&) const = default;
};

/// Shares the cores of a node among workspaces that ask for more than they are
/// sure of: who was held back gets his burst while the node has cores to spare,
/// those first who have used least. A burst counts as used in full.
class cpu_distribution {
public:
  /// `total` thousandths of a core are there to be shared.
  explicit cpu_distribution(uint64_t total) : total_(total) {}

  /// What each may have from now on. Nobody who was not here at the last turn
  /// is held back, and nothing is ordered in the first, which has nothing to
  /// compare with. Who is not among `all` is forgotten.
  std::vector<cpu_order> turn(const std::vector<cpu_subject>& all,
                              nanoseconds since_last);

  /// CPU time that all have used while they were watched.
  nanoseconds used() const { return used_; }

private:
  struct past {
    nanoseconds first{}; ///< used before it was seen
    cpu_reading last;
  };

  struct claim {
    const cpu_subject* subject = nullptr;
    nanoseconds spent{};
    bool was_throttled = false;
  };

  claim look_at(const cpu_subject&, nanoseconds& used_since);

  uint64_t total_;
  nanoseconds used_{};
  bool began_ = false;
  std::map<std::string, past> pasts_;
};

} // namespace berth
