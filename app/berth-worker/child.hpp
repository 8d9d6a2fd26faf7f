#pragma once

#include "app/berth-worker/beneath.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// Another program, run to its end. Its environment is `env` and nothing else;
/// it inherits no descriptor but its three, and 3 if there is a secret; stdin
/// is /dev/null; unless told so it cannot gain privileges; it dies with us.
struct child_command {
  std::vector<std::string> argv; ///< the program by its absolute path
  std::vector<std::string> env;  ///< "NAME=value"
  int directory = -1;            ///< where it runs; -1: where we are
  std::optional<identity> as;
  bool may_gain_privileges = false;
  std::string secret; ///< if not empty: what /proc/self/fd/3 says
  std::chrono::seconds deadline{1800};
  /// How long it may neither read nor write anything; 0: as long as it likes.
  std::chrono::seconds patience{0};
  /// Gets what it writes to stderr, line by line; '\r' ends a line too.
  std::function<void(std::string_view)> on_error_line;
  std::function<void(std::string_view)> on_line; ///< the same for stdout
};

struct child_end {
  int exit_code = 0; ///< 128 + n after signal n
  std::string out;   ///< the first MiB of stdout
  std::string err;   ///< the last 64 KiB of stderr
};

/// An error only if the program could not be run or took too long.
result<child_end> run_child(const child_command&);

} // namespace berth::worker
