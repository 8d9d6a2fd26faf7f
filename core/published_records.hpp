#pragma once

#include "model/workspace.hpp"

#include <array>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace berth {

/// The newest stored record of each workspace that is visible, published before
/// the change is acknowledged: who asks for one does not wait for the manager
/// to come to it. Thread-safe; of each workspace, one at a time writes.
class published_records {
public:
  void put(const record_ptr& record);
  void erase(const std::string& id);

  /// Null for one that is not there, or not yet.
  record_ptr find(const std::string& id) const;

  /// The instance of a workspace that has not stopped; null if there is none.
  record_ptr find_live(const std::string& owner,
                       const std::string& meta_id) const;

private:
  struct shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, record_ptr> records;
  };

  const shard& shard_of(const std::string& id) const;
  shard& shard_of(const std::string& id);

  std::array<shard, 16> shards_;
};

} // namespace berth
