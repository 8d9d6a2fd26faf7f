#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace berth {

/// A file that only takes room, beside the database: on a full disk it gives
/// way to what must still be written down, of workspaces that stop for example.
/// Blocking, for the hands of the store.
class ballast {
public:
  ballast(std::filesystem::path path, uint64_t bytes,
          std::chrono::seconds pause = std::chrono::seconds{10})
    : path_(std::move(path)), bytes_(bytes), pause_(pause) {}

  /// Makes it where there is room for several of its kind, and now and then
  /// tries again.
  void take_in();

  /// Whether there is more room now.
  bool throw_out();

private:
  std::filesystem::path path_;
  uint64_t bytes_;
  std::chrono::seconds pause_; ///< between tries to make it
  bool is_there_ = false;
  std::chrono::steady_clock::time_point next_try_{};
};

} // namespace berth
