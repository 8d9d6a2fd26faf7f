#pragma once

#include "model/resource_limits.hpp"

#include <string>
#include <vector>

namespace berth {

/// A text for a control file of a cgroup.
struct control_write {
  std::string file;
  std::string text;
  bool operator==(const control_write&) const = default;
};

/// What holds a cgroup to `limits` on each of `devices` ("8:0"). The kernel
/// takes one device a write.
std::vector<control_write> io_control(const io_limits& limits,
                                      const std::vector<std::string>& devices,
                                      bool unified);

/// What takes all that back: processes that wait for their turn at a disk
/// cannot be ended.
std::vector<control_write> io_release(const io_limits& limits,
                                      const std::vector<std::string>& devices,
                                      bool unified);

} // namespace berth
