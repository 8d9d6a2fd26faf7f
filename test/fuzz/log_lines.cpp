#include "grpc_gateway/log_decoder.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

/// All that is said, pieces of one stream joined.
struct spoken_log {
  void add(const std::vector<v1::LogsResponse>& pieces) {
    for (const auto& it : pieces) {
      if (it.is_stderr() != in_stderr)
        text += it.is_stderr() ? "\x01" : "\x02";
      in_stderr = it.is_stderr();
      text += it.content();
    }
  }

  std::string text;
  bool in_stderr = false;
};

void try_log(std::string_view input) {
  auto whole = spoken_log{}, in_parts = spoken_log{};
  whole.add(gateway::log_decoder{}.decode(input));
  auto decoder = gateway::log_decoder{};
  for (size_t at = 0; at < input.size(); at += 7)
    in_parts.add(decoder.decode(input.substr(at, 7)));
  require(whole.text == in_parts.text, "a log is the same however it is read");
}

} // namespace

const target log_lines{"log_lines", try_log};

} // namespace berth::fuzz
