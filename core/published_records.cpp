#include "core/published_records.hpp"

#include <functional>
#include <mutex>

namespace berth {

void published_records::put(const record_ptr& record) {
  auto& shard = shard_of(record->spec.id);
  auto lock = std::unique_lock{shard.mutex};
  shard.records[record->spec.id] = record;
}

void published_records::erase(const std::string& id) {
  auto& shard = shard_of(id);
  auto lock = std::unique_lock{shard.mutex};
  shard.records.erase(id);
}

record_ptr published_records::find(const std::string& id) const {
  const auto& shard = shard_of(id);
  auto lock = std::shared_lock{shard.mutex};
  auto found = shard.records.find(id);
  return found == shard.records.end() ? nullptr : found->second;
}

record_ptr published_records::find_live(const std::string& owner,
                                        const std::string& meta_id) const {
  for (const auto& shard : shards_) {
    auto lock = std::shared_lock{shard.mutex};
    for (const auto& [id, record] : shard.records)
      if (record->phase != phase::stopped && record->spec.owner == owner
          && record->spec.meta_id == meta_id)
        return record;
  }
  return nullptr;
}

const published_records::shard&
published_records::shard_of(const std::string& id) const {
  return shards_[std::hash<std::string>{}(id) % shards_.size()];
}

published_records::shard& published_records::shard_of(const std::string& id) {
  return shards_[std::hash<std::string>{}(id) % shards_.size()];
}

} // namespace berth
