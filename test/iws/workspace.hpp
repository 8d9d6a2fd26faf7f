#pragma once

#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace berth::e2e {

/// A berthd whose image holds a client of the in-workspace service, and one
/// workspace of it that runs.
struct served_workspace : service {
  explicit served_workspace(const std::string& grpc = "",
                            const std::string& more = "");

  /// Runs the rings around `script`: see test/ring. Their steps are in `steps`
  /// afterwards, what else was said in `lines`.
  int run_rings(const std::string& script,
                std::chrono::seconds limit = std::chrono::seconds{60});

  /// One call from inside: "OK {...}", or code and text.
  std::string call(const std::string& method, const std::string& json = "{}",
                   const std::string& socket = "/.workspace/daemon.sock");

  /// Starts one more; its id.
  std::string start_another();

  std::string id;
  std::map<std::string, std::string> steps;
  std::vector<std::string> lines;
};

/// One whose limit on mounts holds up nobody: a nested container's are many and
/// its callers few.
struct mounting_workspace : served_workspace {
  mounting_workspace();
};

/// How often something is tried: `usual`, or `many` times in the long form of a
/// test.
int tries(int usual, int many);

} // namespace berth::e2e
