#pragma once

#include "bench/private_node.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace berth::bench {

/// Containers like one of berthd's, made by the shortest way there is: the same
/// config.json (namespaces, id maps, limits, filter, mounts), the same root
/// file system, conmon and crun, and nothing else: no record, no network link,
/// no events.
class container_floor {
public:
  /// Copies the container of `model`, which must go on running meanwhile.
  static result<container_floor> like(const private_node& node,
                                      const std::string& model,
                                      const std::filesystem::path& bin_dir);

  /// From the start of conmon to the end of `crun start`. The overlay of the
  /// root file system is made before and everything removed after, unmeasured.
  result<std::chrono::nanoseconds> start_one();

private:
  container_floor(std::filesystem::path directory, std::filesystem::path layer,
                  std::filesystem::path bin_dir, std::string config);

  result<void> find_programs();
  result<void> open_user_namespace();
  result<sys::fd> make_root(const std::string& id) const;
  result<void> write_bundle(const std::string& id) const;
  std::vector<std::string> monitor_command(const std::string& id) const;
  result<void> create(const std::string& id, sys::fd root) const;
  result<void> remove(const std::string& id) const;

  std::filesystem::path directory_, layer_, bin_dir_;
  std::string config_; ///< the model's
  std::string crun_, conmon_;
  uint32_t first_id_ = 0;
  sys::shared_fd userns_;
  unsigned count_ = 0;
};

} // namespace berth::bench
