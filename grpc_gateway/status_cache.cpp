#include "grpc_gateway/status_cache.hpp"

#include "grpc_gateway/convert/text.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <stdexcept>

namespace berth::gateway {

namespace {

std::string serialized(const wsman::WorkspaceStatus& status) {
  auto bytes = std::string{};
  if (!serialize(status, bytes))
    throw std::length_error{"status of " + status.id() + " is too large"};
  return bytes;
}

bool is_same(const std::weak_ptr<const workspace_record>& cached,
             const record_ptr& record) {
  return !cached.owner_before(record) && !record.owner_before(cached);
}

} // namespace

encoded_status status_cache::encode(const record_ptr& record) {
  const auto& id = record->spec.id;
  auto& shard = shards_[std::hash<std::string>{}(id) % shards_.size()];
  {
    auto lock = std::lock_guard{shard.mutex};
    if (auto known = shard.entries.find(id);
        known != shard.entries.end() && is_same(known->second.of, record))
      return known->second.status;
  }
  auto status = fresh(*record);
  auto lock = std::lock_guard{shard.mutex};
  auto& kept = shard.entries[id];
  // Somebody slower may still ask for an older version: not worth keeping.
  if (auto held = kept.of.lock(); !held || held->version <= record->version)
    kept = {record, status};
  sweep(shard);
  return status;
}

encoded_status status_cache::fresh(const workspace_record& record) const {
  using google::protobuf::io::CodedOutputStream;
  auto status = project_(record);
  auto body = serialized(status);
  uint8_t head[6] = {0x0a}; // field 1, length-delimited
  auto* end = CodedOutputStream::WriteVarint32ToArray(
    static_cast<uint32_t>(body.size()), head + 1);
  auto framed
    = std::string{reinterpret_cast<char*>(head), reinterpret_cast<char*>(end)};
  framed += body;
  status.clear_status_version();
  return {grpc::Slice{framed}, std::hash<std::string>{}(serialized(status))};
}

void status_cache::sweep(shard& shard) {
  if (shard.entries.size() < shard.sweep_at)
    return;
  std::erase_if(shard.entries,
                [](const auto& item) { return item.second.of.expired(); });
  shard.sweep_at = std::max<size_t>(64, 2 * shard.entries.size());
}

} // namespace berth::gateway
