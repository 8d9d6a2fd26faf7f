#pragma once

#include "actors/builds/cache_disk.hpp"
#include "actors/builds/log_tap.hpp"
#include "actors/content/sources_api.hpp"
#include "actors/images/api.hpp"
#include "actors/jobs/api.hpp"
#include "actors/kernel/api.hpp"
#include "actors/resolve/api.hpp"
#include "actors/store/api.hpp"
#include "actors/store/build_log_api.hpp"
#include "actors/workspace/secrets_api.hpp"
#include "core/images/reference.hpp"
#include "core/layout.hpp"
#include "core/metrics/housekeeping.hpp"
#include "model/settings.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// Everybody the build family talks to.
struct build_deps {
  std::shared_ptr<const berth::settings> settings;
  store_actor store;
  build_log_store_actor logs;
  resolver_actor resolver;
  image_store_actor images;
  archive_opener_hands archives;
  job_hands job;
  kernel_hands kernel;
  log_tap_hands tap;
  cache_disk_hands cache_disk;
  /// Keeps secrets of builds, apart from those of workspaces.
  std::function<secret_keeper_actor()> secrets;
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
  std::vector<uint32_t> name_servers; ///< of what runs in a build
  std::function<wall_time()> now;
  std::function<std::string()> new_id;

  berth::layout layout() const { return berth::layout{*settings}; }

  id_range range(uint32_t slot) const {
    constexpr uint32_t size = 65536;
    return {settings->runtime.uid_start + slot * size, size};
  }

  /// Whether images go to a registry, or stay on this node.
  bool has_registry() const {
    return !settings->images.workspace_repository.empty()
           && !is_local_repository(settings->images.workspace_repository);
  }

  registry_settings registry_of(const std::string& reference) const {
    auto parsed = parse_image_reference(reference);
    const auto& known = settings->images.registries;
    auto found = parsed ? known.find(parsed->registry) : known.end();
    return found == known.end() ? registry_settings{} : found->second;
  }
};

/// How much of a log is kept.
inline constexpr size_t build_log_bytes = size_t{1} << 20;

/// How long a build that is done is still told of, and how many are at most.
inline constexpr auto build_retention = std::chrono::hours{1};
inline constexpr size_t most_done_builds = 100;

/// How many may wait for their turn.
inline constexpr size_t most_waiting_builds = 256;

} // namespace berth
