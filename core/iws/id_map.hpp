#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What a workspace may map into user namespaces of its own. Pure: everything
/// here is asked for by code that nobody trusts.
namespace berth {

/// `size` ids from `start` on.
struct id_interval {
  uint32_t start = 0;
  uint32_t size = 0;
};

/// Ids `container_id`.. of a user namespace are ids `host_id`.. of this
/// machine.
struct id_map_line {
  uint32_t container_id = 0;
  uint32_t host_id = 0;
  uint32_t size = 0;
};

using id_map = std::vector<id_map_line>;

/// Where the ids of a workspace lie on this machine.
enum class id_rule {
  /// In a range of its own. What the stock client asks for (0 is
  /// 33333, 1..65534
  /// are 100000..165533) is read as that range: 0..65534 are its first ids.
  own_range,
  /// Where the stock client believes them to be, shared by all workspaces: 0 is
  /// 33333, all others are in 100000..169999.
  literal,
};

/// Ids that a workspace may have in its namespaces.
struct id_allowance {
  id_interval root;   ///< for a mapping that begins with container id 0
  id_interval others; ///< for any other mapping
};

/// `first_id` is what 0 of an `own_range` is on this machine.
id_allowance allowance_of(id_rule, uint32_t first_id);

/// The stock client's request in the ids of the workspace's own range; any
/// other map as it is.
id_map in_own_range(id_map, uint32_t first_id);

/// The map that the stock client gets under a rule: ids of files on disk
/// (0..65534) as ids of this machine.
id_map stock_map(id_rule, uint32_t first_id);

/// `invalid_argument` unless the kernel would take the map (1 to 340 lines, no
/// overlap on either side, no end beyond 2^32-1) and all of it is allowed.
result<void> check_id_map(const id_map&, const id_allowance&);

/// The text of a uid_map or gid_map, written from a namespace whose id 0 is
/// `first_id` here.
std::string id_map_text(const id_map&, uint32_t first_id = 0);

} // namespace berth
