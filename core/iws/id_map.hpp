#pragma once

#include "model/container_kind.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <optional>
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

/// Ids that a workspace may have in its namespaces.
struct id_allowance {
  id_interval root;   ///< for a mapping that begins with container id 0
  id_interval others; ///< for any other mapping
};

/// Of a workspace in its own kind of container: the range that begins at
/// `first_id`. In a compatible one: where the stock client believes ids to be,
/// 33333 (for 0) and 100000..169999; all such workspaces share them.
id_allowance allowance_of(container_kind, uint32_t first_id);

/// The stock client's request (0 is 33333, 1..65534 are 100000..165533) in the
/// ids of a workspace's own range, whose first ones are meant; any other map as
/// it is.
id_map in_own_range(id_map, uint32_t first_id);

/// Ids of files on disk as they are on this machine inside a container: what
/// its root file system and its content are shown through.
id_map disk_map(container_kind, uint32_t first_id);

/// What `inside` is on this machine; nothing if the map leaves it out.
std::optional<uint32_t> host_id(const id_map&, uint32_t inside);

/// `invalid_argument` unless the kernel would take the map (1 to 340 lines, no
/// overlap on either side, no end beyond 2^32-1) and all of it is allowed.
result<void> check_id_map(const id_map&, const id_allowance&);

/// The text of a uid_map or gid_map, written from a namespace whose id 0 is
/// `first_id` here.
std::string id_map_text(const id_map&, uint32_t first_id = 0);

} // namespace berth
