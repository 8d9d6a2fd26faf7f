#pragma once

#include "grpc_gateway/convert/workspace_status.hpp"

#include <grpcpp/support/byte_buffer.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace berth::gateway {

/// A status as it goes over the wire: tag 1, length, message. In this form it
/// is a part of `DescribeWorkspaceResponse`, `GetWorkspacesResponse` and
/// `SubscribeResponse` alike, all of which hold statuses in field 1.
struct encoded_status {
  grpc::Slice bytes;
  /// Equal for statuses of one instance that differ in their version at most.
  uint64_t fingerprint = 0;
};

/// Encodes each version of each record once, whoever asks for it how often.
/// Keeps one entry an instance, and none of records that nobody holds any
/// more. Thread-safe.
class status_cache {
public:
  explicit status_cache(status_projection project)
    : project_(std::move(project)) {}

  encoded_status encode(const record_ptr&);

  wsman::WorkspaceStatus project(const workspace_record& record) const {
    return project_(record);
  }

private:
  struct entry {
    std::weak_ptr<const workspace_record> of;
    encoded_status status;
  };

  struct shard {
    std::mutex mutex;
    std::unordered_map<std::string, entry> entries;
    size_t sweep_at = 64;
  };

  encoded_status fresh(const workspace_record&) const;
  static void sweep(shard&);

  status_projection project_;
  std::array<shard, 16> shards_;
};

} // namespace berth::gateway
