#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace berth::test {

/// A small file system in a file, mounted where only this process sees it. It
/// goes with this object.
class loop_file_system {
public:
  /// `kind` as of mkfs(8): "ext4" or "btrfs".
  loop_file_system(const std::string& kind, uint64_t bytes);
  loop_file_system(const loop_file_system&) = delete;
  loop_file_system& operator=(const loop_file_system&) = delete;
  ~loop_file_system();

  const std::filesystem::path& path() const { return mounted_; }

  /// Writes until nothing more fits, and makes room again.
  void fill() const;
  void make_room() const;

private:
  std::filesystem::path directory_, mounted_;
};

/// Runs a shell line that must succeed.
void shell(const std::string& line);

} // namespace berth::test
