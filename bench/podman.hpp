#pragma once

#include "bench/command.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace berth::bench {

/// podman with storage of its own below `directory`, no network, and the first
/// of several ways to run a container that works on this machine. What podman
/// leaves on a machine that never saw it is taken away at the end.
class podman_peer {
public:
  /// Imports the tar of a root file system as an image and tries the ways; an
  /// error with each one's reason if none works.
  static result<podman_peer> set_up(const std::filesystem::path& directory,
                                    const std::filesystem::path& rootfs_tar);
  podman_peer(podman_peer&& other) noexcept = default;
  podman_peer& operator=(podman_peer&&) = delete;
  ~podman_peer();

  /// What is run, and how.
  std::string way() const;

  /// `podman run --detach`, from its call to its end: the container runs then.
  result<std::chrono::nanoseconds> start_one();

private:
  podman_peer() = default;

  std::vector<std::string> command(std::vector<std::string> words) const;

  std::filesystem::path directory_;
  size_t way_ = 0;
  std::vector<std::filesystem::path> not_here_before_;
};

} // namespace berth::bench
