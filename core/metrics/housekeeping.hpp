#pragma once

#include "core/metrics/exposition.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace berth {

/// What the node knows of its own disk, as it was when somebody last looked.
/// Thread-safe.
class housekeeping {
public:
  /// `shortage`: why nothing may start; empty: there is room.
  void disk(uint64_t free_bytes, uint64_t free_files, std::string shortage) {
    free_bytes_ = free_bytes;
    free_files_ = free_files;
    auto lock = std::lock_guard{mutex_};
    shortage_ = std::move(shortage);
  }
  void quarantined(size_t contents) { quarantined_ = contents; }
  void mirrors(size_t count, uint64_t bytes) {
    mirrors_ = count;
    mirror_bytes_ = bytes;
  }
  void build_caches(size_t count, uint64_t bytes) {
    build_caches_ = count;
    build_cache_bytes_ = bytes;
  }
  /// Contents of other managers; how many of them are on their way out.
  void sessions(size_t count, size_t disposing) {
    sessions_ = count;
    disposing_sessions_ = disposing;
  }
  void mirror_used() { ++mirror_uses_; }
  void mirror_failed() { ++mirror_failures_; }

  std::string shortage() const {
    auto lock = std::lock_guard{mutex_};
    return shortage_;
  }

  void write(exposition& out, const std::string& node) const;

private:
  std::atomic<uint64_t> free_bytes_ = 0, free_files_ = 0;
  std::atomic<size_t> quarantined_ = 0, mirrors_ = 0;
  std::atomic<uint64_t> mirror_bytes_ = 0, mirror_uses_ = 0,
                        mirror_failures_ = 0;
  mutable std::mutex mutex_;
  std::string shortage_;
  std::atomic<size_t> build_caches_ = 0, sessions_ = 0, disposing_sessions_ = 0;
  std::atomic<uint64_t> build_cache_bytes_ = 0;
};

} // namespace berth
