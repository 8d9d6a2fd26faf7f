#pragma once

#include "actors/images/layer_files.hpp"
#include "actors/jobs/api.hpp"
#include "actors/kernel/api.hpp"
#include "actors/store/api.hpp"
#include "core/layout.hpp"
#include "model/settings.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace berth {

/// The ids that workers for images run with: the pool's last range, which is no
/// workspace's.
inline id_range unpacker_range(const settings& all) {
  constexpr uint32_t size = 65536;
  return {all.runtime.uid_start + (all.runtime.uid_size / size - 1) * size,
          size};
}

/// Everybody the image family talks to.
struct image_deps {
  std::shared_ptr<const berth::settings> settings;
  store_actor store;
  layer_hands layers; ///< spawns a `layer_worker`
  std::function<file_actor()> file;
  job_hands job;

  berth::layout layout() const { return berth::layout{*settings}; }
  id_range range() const { return unpacker_range(*settings); }
};

/// How long a pull or an import may take, and a single act on the disk.
inline constexpr auto unpack_limit = std::chrono::minutes{30};
inline constexpr auto layer_limit = std::chrono::minutes{10};

} // namespace berth
