#pragma once

#include "actors/process/api.hpp"
#include "actors/process/child_worker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace berth {

/// The last `limit` bytes of a stream.
class stream_end {
public:
  explicit stream_end(size_t limit) : limit_(limit) {}

  void append(std::string_view bytes);
  std::string take();

private:
  size_t limit_;
  std::string bytes_;
};

/// A child that runs to its end while its output is kept, or its stdout is told
/// line by line. On the loop's thread.
class captured_child {
public:
  using line_listener = std::function<void(std::string)>;
  using exit_listener = std::function<void(result<child_exit>)>;

  /// Without `on_line` both streams are kept; with it stdout is told, the last
  /// line even if it is not ended, and only stderr is kept. `on_exit` is called
  /// once and may destroy the child. A child that cannot start is an error.
  static result<std::unique_ptr<captured_child>>
  start(uv_loop_t* loop, const child_spec& what, line_listener on_line,
        size_t longest_line, exit_listener on_exit);

  void signal_group(int signal) { child_->signal_group(signal); }

private:
  captured_child(const child_spec& what, line_listener on_line,
                 size_t longest_line, exit_listener on_exit);

  void hear(int stream, std::string_view bytes);
  void hear_lines(std::string_view bytes);
  void finish(child_status status);

  std::string program_;
  line_listener on_line_;
  size_t longest_line_;
  exit_listener on_exit_;
  stream_end out_, err_;
  std::string line_; ///< not ended yet
  bool line_too_long_ = false;
  std::unique_ptr<loop_child> child_;
};

} // namespace berth
