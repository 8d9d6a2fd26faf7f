#pragma once

#include "model/workspace.hpp"

#include <map>
#include <string>
#include <vector>

namespace berth {

/// Records that wait to be told, in order; of each phase of a workspace the
/// newest only.
class untold_records {
public:
  void put(const record_ptr&);
  /// Takes out what waits of a workspace, newest last.
  std::vector<record_ptr> take(const std::string& id);

  /// Whether the last one that waits of its workspace is of the same phase.
  bool has_alike(const workspace_record&) const;

  std::vector<record_ptr> take();

private:
  std::vector<record_ptr> records_;
  std::map<std::string, size_t> last_; ///< where a workspace's last one is
};

} // namespace berth
