#include "app/berth/names.hpp"

#include "app/berth/arguments.hpp"
#include "model/ids.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <random>

namespace berth::cli {

namespace {

constexpr std::array adjectives = {
  "amber", "azure", "bold",  "brave", "brisk", "calm",  "clear", "coral",
  "crisp", "deep",  "eager", "early", "fair",  "fleet", "fresh", "gold",
  "grand", "green", "happy", "ivory", "jade",  "keen",  "kind",  "light",
  "lucky", "mild",  "noble", "olive", "plain", "proud", "quick", "quiet",
  "rapid", "ruby",  "sage",  "sharp", "still", "sunny", "swift", "wise",
};

constexpr std::array nouns = {
  "anchor", "badger",  "beacon", "bridge", "canyon", "cedar",  "cliff",
  "comet",  "crane",   "dune",   "falcon", "fern",   "finch",  "fjord",
  "forest", "gull",    "harbor", "hawk",   "heron",  "island", "lagoon",
  "lark",   "maple",   "marsh",  "meadow", "otter",  "owl",    "pebble",
  "pier",   "pine",    "quay",   "raven",  "reef",   "river",  "seal",
  "shore",  "sparrow", "tide",   "wharf",  "willow",
};

std::string hex(uint64_t number, int digits) {
  static constexpr std::string_view alphabet = "0123456789abcdef";
  std::string text(static_cast<size_t>(digits), '0');
  for (int i = digits - 1; i >= 0; --i, number >>= 4)
    text[static_cast<size_t>(i)] = alphabet[number & 0xf];
  return text;
}

uint64_t random_bits() {
  std::random_device source;
  return uint64_t{source()} << 32 | source();
}

} // namespace

std::string new_uuid() {
  auto high = (random_bits() & ~uint64_t{0xf000}) | 0x4000;
  auto low = (random_bits() & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;
  auto digits = hex(high, 16) + hex(low, 16);
  for (auto at : {20, 16, 12, 8})
    digits.insert(static_cast<size_t>(at), 1, '-');
  return digits;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36)
    return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-'
                : !std::isxdigit(static_cast<unsigned char>(text[i])))
      return false;
  }
  return true;
}

std::string new_meta_id() {
  auto bits = random_bits();
  return std::string{adjectives[bits % adjectives.size()]} + '-'
         + nouns[(bits >> 8) % nouns.size()] + '-' + hex(bits >> 32, 8);
}

std::string as_id(std::string_view text) {
  std::string id;
  for (char c : text) {
    bool is_alnum = std::isalnum(static_cast<unsigned char>(c));
    if (is_alnum || (!id.empty() && (c == '-' || c == '_')))
      id += c;
    else if (!id.empty() && c == '.')
      id += '-';
  }
  id.resize(std::min<size_t>(id.size(), 63));
  return is_valid_id(id) ? id : std::string{};
}

caf::error refuse_if_no_id(const std::string& id) {
  if (is_valid_id(id))
    return {};
  return refused("\"" + id + "\" is no id: letters, digits, - and _ only");
}

std::string local_owner() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  auto id = found ? as_id(entry.pw_name) : std::string{};
  return id.empty() ? "user" : id;
}

} // namespace berth::cli
