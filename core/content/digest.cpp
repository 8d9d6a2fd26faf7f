#include "core/content/digest.hpp"

namespace berth {

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits
         && text.find_first_not_of("0123456789abcdef") == text.npos;
}

result<content_digest> parse_digest(std::string_view text) {
  auto colon = text.find(':');
  if (colon != text.npos) {
    auto algorithm = text.substr(0, colon);
    auto hex = text.substr(colon + 1);
    auto digits = algorithm == "sha256"   ? 64u
                  : algorithm == "sha384" ? 96u
                  : algorithm == "sha512" ? 128u
                                          : 0u;
    if (digits != 0 && is_hex(hex, digits))
      return content_digest{std::string{algorithm}, std::string{hex}};
  }
  return make_error(ec::invalid_argument,
                    "digest is not sha256, sha384 or sha512 and hex digits");
}

} // namespace berth
