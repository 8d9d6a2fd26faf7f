#include "core/builds/build_log.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr size_t shortest_secret = 4;

} // namespace

log_censor::log_censor(std::vector<std::string> words) {
  look_for(std::move(words));
}

void log_censor::look_for(std::vector<std::string> words) {
  words_ = std::move(words);
  std::erase_if(words_,
                [](const auto& word) { return word.size() < shortest_secret; });
  std::sort(words_.begin(), words_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string log_censor::pass(std::string_view piece) {
  pending_ += piece;
  return take(false);
}

std::string log_censor::finish() {
  return take(true);
}

std::string log_censor::take(bool is_last) {
  auto out = std::string{};
  auto text = std::string_view{pending_};
  size_t at = 0;
  for (; at < text.size();) {
    auto rest = text.substr(at);
    auto is_whole = [&](const auto& word) { return rest.starts_with(word); };
    auto may_become = [&](const auto& word) {
      return rest.size() < word.size()
             && std::string_view{word}.starts_with(rest);
    };
    // A longer word may still come of what a shorter one matches.
    if (!is_last && std::ranges::any_of(words_, may_become))
      break;
    auto found = std::ranges::find_if(words_, is_whole);
    if (found == words_.end()) {
      out += text[at++];
    } else {
      out += censored_mark;
      at += found->size();
    }
  }
  pending_.erase(0, at);
  return out;
}

bool log_cleaner::is_of_sequence(unsigned char c) {
  constexpr auto escape = 0x1b, bell = 0x07;
  auto was = in_;
  if (c == escape) {
    in_ = sequence::begun;
  } else if (was == sequence::none) {
    return false;
  } else if (c == '\n' || c == '\r') { // whatever it was, lines are kept
    in_ = sequence::none;
    return false;
  } else if (was == sequence::begun) {
    if (c == '[')
      in_ = sequence::parameters;
    else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
      in_ = sequence::string;
    else if (c < ' ' || c > '/') // else one more character belongs to it
      in_ = sequence::none;
  } else if (was == sequence::parameters) {
    if (c >= '@' && c <= '~')
      in_ = sequence::none;
  } else if (c == bell) {
    in_ = sequence::none;
  }
  return true;
}

std::string log_cleaner::pass(std::string_view piece) {
  auto out = std::string{};
  for (auto c : piece) {
    if (is_of_sequence(static_cast<unsigned char>(c)))
      continue;
    auto is_end_of_return = c == '\n' && was_return_;
    was_return_ = c == '\r';
    if (is_end_of_return)
      continue;
    auto code = static_cast<unsigned char>(c);
    if (c == '\r')
      out += '\n';
    else if (c == '\n' || c == '\t' || (code >= ' ' && code != 0x7f))
      out += c;
  }
  return out;
}

void log_ring::add(std::string_view text) {
  text_ += text;
  // Moved rarely, and so cheaply.
  if (text_.size() <= limit_ + limit_ / 4)
    return;
  auto excess = text_.size() - limit_;
  text_.erase(0, excess);
  begin_ += excess;
}

std::string log_ring::read(uint64_t at, size_t most) const {
  auto from = std::max(at, begin_) - begin_;
  if (from >= text_.size())
    return {};
  return text_.substr(from, most);
}

} // namespace berth
