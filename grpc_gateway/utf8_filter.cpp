#include "grpc_gateway/utf8_filter.hpp"

#include <cstdint>

namespace berth::gateway {

namespace {

constexpr auto replacement = std::string_view{"\xef\xbf\xbd"};

enum class verdict { whole, broken, unfinished };

struct character {
  verdict is;
  size_t bytes; ///< to go on behind
};

size_t length_by(unsigned char first) {
  if (first < 0x80)
    return 1;
  if (first < 0xc2 || first > 0xf4)
    return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/// The second byte says most about overlong forms, surrogates and what is
/// beyond Unicode.
bool may_follow(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0: return second >= 0xa0 && second < 0xc0;
    case 0xed: return second >= 0x80 && second < 0xa0;
    case 0xf0: return second >= 0x90 && second < 0xc0;
    case 0xf4: return second >= 0x80 && second < 0x90;
    default: return second >= 0x80 && second < 0xc0;
  }
}

character first_of(std::string_view text) {
  auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  auto length = length_by(byte(0));
  if (length == 0)
    return {verdict::broken, 1};
  for (size_t at = 1; at < length; ++at) {
    if (at == text.size())
      return {verdict::unfinished, at};
    if (!may_follow(at == 1 ? byte(0) : 0x80, byte(at)))
      return {verdict::broken, at};
  }
  return {verdict::whole, length};
}

} // namespace

std::string utf8_filter::pass(std::string_view bytes) {
  auto all = rest_.append(bytes);
  rest_.clear();
  auto out = std::string{};
  out.reserve(all.size());
  for (auto unread = std::string_view{all}; !unread.empty();) {
    auto next = first_of(unread);
    if (next.is == verdict::unfinished) {
      rest_ = unread;
      break;
    }
    out
      += next.is == verdict::whole ? unread.substr(0, next.bytes) : replacement;
    unread.remove_prefix(next.bytes);
  }
  return out;
}

} // namespace berth::gateway
