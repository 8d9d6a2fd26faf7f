#include "model/ids.hpp"

#include <algorithm>

namespace berth {

namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
         || (c >= 'a' && c <= 'z');
}

} // namespace

bool is_valid_id(std::string_view id) {
  return !id.empty() && id.size() <= 63 && is_alnum(id.front())
         && std::all_of(id.begin(), id.end(), [](char c) {
              return is_alnum(c) || c == '_' || c == '-';
            });
}

} // namespace berth
