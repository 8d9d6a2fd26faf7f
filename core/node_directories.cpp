#include "core/node_directories.hpp"

#include "sys/file.hpp"

namespace berth {

result<void> make_node_directories(const layout& where) {
  // Sockets that other users may open lie below it.
  if (auto made = sys::make_directories(where.run_dir(), 0711); !made)
    return made;
  for (const auto& path :
       {where.state_dir(), where.contents(), where.views(), where.layers(),
        where.blobs(), where.quarantine(), where.mirrors(), where.all_rootfs(),
        where.workspaces(), where.exits(), where.logs(), where.crun_root()})
    if (auto made = sys::make_directories(path, 0700); !made)
      return made;
  for (const auto& of_trees : {where.contents(), where.views(), where.layers()})
    if (auto spread = sys::spread_directories(of_trees); !spread)
      return spread;
  return {};
}

} // namespace berth
