#include "core/public_text.hpp"

#include <algorithm>

namespace berth {

namespace {

std::vector<std::string>& prefixes() {
  static auto known = std::vector<std::string>{};
  return known;
}

} // namespace

void keep_private(const std::vector<std::filesystem::path>& directories) {
  auto& known = prefixes();
  known.clear();
  for (const auto& each : directories)
    if (each.is_absolute() && each.has_relative_path())
      known.push_back((each / "").lexically_normal().native());
  // One may be in another one.
  std::ranges::sort(known, std::ranges::greater{}, &std::string::size);
}

std::string public_text(std::string text) {
  for (const auto& prefix : prefixes())
    for (auto at = text.find(prefix); at != text.npos;
         at = text.find(prefix, at))
      text.erase(at, prefix.size());
  return text;
}

} // namespace berth
