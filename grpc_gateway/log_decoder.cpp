#include "grpc_gateway/log_decoder.hpp"

namespace berth::gateway {

namespace {

/// Takes what stands before the next blank off `line`.
std::string_view take_word(std::string_view& line) {
  auto end = line.find(' ');
  auto word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

void append(std::string_view text, bool is_stderr, bool ends_line,
            std::vector<v1::LogsResponse>& out) {
  constexpr auto enough = size_t{32} << 10;
  if (out.empty() || out.back().is_stderr() != is_stderr
      || out.back().content().size() >= enough)
    out.emplace_back().set_is_stderr(is_stderr);
  auto& content = *out.back().mutable_content();
  content.append(text);
  if (ends_line)
    content += '\n';
}

} // namespace

std::vector<v1::LogsResponse> log_decoder::decode(std::string_view bytes) {
  auto out = std::vector<v1::LogsResponse>{};
  rest_ += bytes;
  auto unread = std::string_view{rest_};
  for (auto end = unread.find('\n'); end != std::string_view::npos;
       end = unread.find('\n')) {
    auto line = unread.substr(0, end);
    unread.remove_prefix(end + 1);
    take_word(line); // the time
    auto is_stderr = take_word(line) == "stderr";
    auto ends_line = take_word(line) == "F";
    append(line, is_stderr, ends_line, out);
  }
  rest_.erase(0, rest_.size() - unread.size());
  return out;
}

} // namespace berth::gateway
