#pragma once

#include "core/objects/object_names.hpp"
#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>

namespace berth {

/// The newest generation of each workspace's backups that this node has seen:
/// `<directory>/<owner>/<meta id>`. Owners are valid ones. Thread-safe.
class generation_marks {
public:
  explicit generation_marks(std::filesystem::path directory)
    : directory_(std::move(directory)) {}

  /// 0: none.
  uint64_t last(const object_owner&) const;

  /// On disk when it returns. An earlier generation than the last one changes
  /// nothing.
  result<void> raise(const object_owner&, uint64_t generation) const;

  /// Those that nobody raised for so long.
  void forget(std::chrono::seconds age) const;

private:
  std::filesystem::path path_of(const object_owner&) const;

  std::filesystem::path directory_;
  mutable std::mutex mutex_;
};

} // namespace berth
