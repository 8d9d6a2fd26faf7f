#include "core/base64.hpp"
#include "core/content/digest.hpp"
#include "core/rfc3339.hpp"
#include "core/utf8.hpp"
#include "test/fuzz/targets.hpp"

#include <nlohmann/json.hpp>

namespace berth::fuzz {

namespace {

/// nlohmann's JSON takes nothing else for a string.
bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

void try_encoding(std::string_view input) {
  require(from_base64(to_base64(input)) == input, "bytes survive base64");
  if (auto bytes = from_base64(input))
    require(to_base64(*bytes) == input, "bytes have one text in base64");
  auto text = valid_utf8(input);
  require(is_utf8(text), "what was made valid UTF-8 is");
  require(!is_utf8(std::string{input}) || text == input,
          "what is valid UTF-8 stays as it is");
  if (auto time = parse_rfc3339(input)) {
    auto again = parse_rfc3339(to_rfc3339(*time));
    require(again && *again == *time, "a time survives being written");
  }
  if (auto digest = parse_digest(input))
    require(digest->text() == input, "a digest has one text");
}

} // namespace

const target encodings{"encodings", try_encoding};

} // namespace berth::fuzz
