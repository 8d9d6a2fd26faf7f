#pragma once

#include "actors/content/api.hpp"
#include "actors/content/disk.hpp"
#include "actors/git_cache/api.hpp"
#include "actors/jobs/api.hpp"
#include "actors/kernel/api.hpp"
#include "actors/runtime/api.hpp"
#include "actors/store/api.hpp"
#include "core/layout.hpp"
#include "core/metrics/archive_counts.hpp"
#include "core/metrics/content_metrics.hpp"
#include "model/settings.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace berth {

/// Nanoseconds since 1970.
inline int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// Everybody the content family talks to.
struct content_deps {
  std::shared_ptr<const berth::settings> settings;
  disk_hands disk; ///< spawns a `disk_worker`
  std::function<file_actor()> file;
  job_hands job;
  store_actor store;
  runtime_actor runtime;
  std::shared_ptr<archive_counts> counts = std::make_shared<archive_counts>();
  std::function<int64_t()> now_ns = wall_clock_ns;
  std::shared_ptr<content_metrics> metrics
    = std::make_shared<content_metrics>();
  git_cache_actor mirrors = {}; ///< may be none

  berth::layout layout() const { return berth::layout{*settings}; }
  std::filesystem::path live(const std::string& instance) const {
    return layout().content(instance);
  }
  std::filesystem::path view(const std::string& archive) const {
    return layout().view(archive);
  }
  std::filesystem::path staging(const std::string& instance) const {
    return layout().content_staging(instance);
  }
  std::filesystem::path trash(const std::string& instance) const {
    return layout().contents() / (std::string{trash_prefix} + instance);
  }
  std::filesystem::path pieces(const std::string& owner,
                               const std::string& meta_id) const {
    return layout().pieces(owner, meta_id);
  }
  bucket_scheme scheme() const {
    return bucket_scheme{settings->storage.bucket};
  }
  /// The ids of the `slot`-th workspace on this machine.
  id_range range(uint32_t slot) const {
    constexpr uint32_t size = 65536;
    return {settings->runtime.uid_start + slot * size, size};
  }
};

/// How long a hand may take on the disk; removing a big tree takes longest.
inline constexpr auto disk_limit = std::chrono::minutes{1};
inline constexpr auto removal_limit = std::chrono::minutes{10};

} // namespace berth
