#include "actors/process/captured_child.hpp"

#include <signal.h>

#include <utility>

namespace berth {

void stream_end::append(std::string_view bytes) {
  bytes_.append(bytes);
  // Cutting at twice the limit keeps the cost linear.
  if (bytes_.size() > 2 * limit_)
    bytes_.erase(0, bytes_.size() - limit_);
}

std::string stream_end::take() {
  if (bytes_.size() > limit_)
    bytes_.erase(0, bytes_.size() - limit_);
  return std::exchange(bytes_, {});
}

captured_child::captured_child(const child_spec& what, line_listener on_line,
                               size_t longest_line, exit_listener on_exit)
  : program_(what.argv.empty() ? "" : what.argv.front()),
    on_line_(std::move(on_line)), longest_line_(longest_line),
    on_exit_(std::move(on_exit)), out_(what.output_limit),
    err_(what.output_limit) {}

result<std::unique_ptr<captured_child>>
captured_child::start(uv_loop_t* loop, const child_spec& what,
                      line_listener on_line, size_t longest_line,
                      exit_listener on_exit) {
  auto made = std::unique_ptr<captured_child>{new captured_child{
    what, std::move(on_line), longest_line, std::move(on_exit)}};
  auto* self = made.get();
  auto child = loop_child::start(
    loop, what,
    {[self](int stream, std::string_view bytes) { self->hear(stream, bytes); },
     [self](child_status status) { self->finish(status); }});
  if (!child)
    return child.error();
  made->child_ = std::move(*child);
  made->child_->end_input();
  return made;
}

void captured_child::hear(int stream, std::string_view bytes) {
  if (stream == 2)
    err_.append(bytes);
  else if (on_line_)
    hear_lines(bytes);
  else
    out_.append(bytes);
}

void captured_child::hear_lines(std::string_view bytes) {
  while (!bytes.empty() && !line_too_long_) {
    auto end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > longest_line_) {
      line_too_long_ = true;
      child_->signal_group(SIGKILL);
    } else if (end != std::string_view::npos) {
      on_line_(std::exchange(line_, {}));
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

void captured_child::finish(child_status status) {
  auto on_exit = std::move(on_exit_);
  if (line_too_long_) {
    on_exit(make_error(ec::exhausted, program_ + " wrote a line over "
                                        + std::to_string(longest_line_)
                                        + " bytes"));
    return;
  }
  if (!line_.empty())
    on_line_(std::exchange(line_, {}));
  auto outcome = child_exit{status.code, status.signal, status.timed_out,
                            out_.take(), err_.take()};
  on_exit(std::move(outcome)); // we may be gone after this
}

} // namespace berth
