#pragma once

#include "model/workspace.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// How full a token bucket was at some time.
struct bucket_level {
  int64_t tokens = 0; ///< below zero: so many callers wait
  duration filled_at{};
};

/// How much of what it may ask a workspace has asked of one method.
struct call_bucket {
  std::string method;
  bucket_level level;
};

/// Mounts that were made for a workspace in one mount namespace. Some may be
/// gone by now.
struct mounts_made {
  uint64_t mount_namespace = 0; ///< an id that no other one ever has
  uint64_t kernel = 0;          ///< of proc and sysfs
  uint64_t nfs = 0;
};

/// What the node must not forget of what it did inside a container on behalf
/// of who lives there.
struct service_record {
  std::string id; ///< the container's: of an instance, or of a ghost
  uint32_t slot = 0;
  container_kind kind = container_kind::own;
  container_ref container;
  // What is done once only.
  bool is_prepared = false;
  bool is_evacuated = false;
  bool is_torn_down = false;
  std::vector<call_bucket> calls;
  std::vector<mounts_made> mounts;
};

using service_ptr = std::shared_ptr<const service_record>;

} // namespace berth
