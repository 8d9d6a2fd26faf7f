#include "app/berth-worker/speech.hpp"

#include "core/utf8.hpp"

#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace berth::worker {

namespace {

using clock = std::chrono::steady_clock;
constexpr auto shortest_pause = std::chrono::milliseconds{100};
constexpr size_t longest_warning = 300;

std::vector<std::string>& all_warnings() {
  static auto kept = std::vector<std::string>{};
  return kept;
}

result<void> write_line(const worker_message& message) {
  auto line = to_json(message) + "\n";
  for (size_t done = 0; done < line.size();) {
    auto n = ::write(STDOUT_FILENO, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "write", "stdout");
    done += static_cast<size_t>(n);
  }
  return {};
}

} // namespace

void report(const worker_progress& progress) {
  static auto last_told = clock::time_point{};
  static auto last_text = std::string{};
  auto now = clock::now();
  auto text = progress.what + progress.text;
  if (text == last_text && now - last_told < shortest_pause)
    return;
  last_told = now;
  last_text = std::move(text);
  // A reader who went away is found out by `answer`.
  static_cast<void>(write_line(progress));
}

void warn(const char* what, const std::string& text) {
  report({what, text, 0, 0});
  if (all_warnings().size() < most_worker_warnings)
    all_warnings().push_back(printable(text.substr(0, longest_warning)));
}

const std::vector<std::string>& warnings() {
  return all_warnings();
}

void log_line(const std::string& text) {
  ::dprintf(STDERR_FILENO, "%s\n", text.c_str());
}

result<void> answer(const result<worker_outcome>& outcome) {
  return write_line(outcome);
}

} // namespace berth::worker
