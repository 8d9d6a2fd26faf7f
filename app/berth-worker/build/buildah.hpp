#pragma once

#include "app/berth-worker/child.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// A file of ours, for buildah or for a later build.
result<void> write_text(const std::string& path, std::string_view text);

/// buildah(1) on one layer store, in a workshop. What it says goes to the log
/// of the build.
class buildah {
public:
  buildah(std::string storage, std::string scratch, int log_fd)
    : storage_(std::move(storage)), scratch_(std::move(scratch)),
      log_fd_(log_fd) {}

  /// Its output, of which the log gets nothing; `failed_precondition` with its
  /// last words if it fails.
  result<std::string> ask(std::vector<std::string> args) const;

  /// Shows the log every line; `failed_precondition` with its last words. All
  /// of them as `in_words` has them.
  result<void>
  run(std::vector<std::string> args,
      const std::function<std::string(std::string_view)>& in_words) const;

  /// Whether the layer store has an image of that name. Its list is read, as
  /// asking takes a start of the program.
  bool has_image(const std::string& name) const;

  /// A line of ours for the log.
  void say(std::string_view line) const;

  const std::string& scratch() const { return scratch_; }

private:
  child_command command(std::vector<std::string> args) const;

  std::string storage_, scratch_;
  int log_fd_;
};

} // namespace berth::worker
