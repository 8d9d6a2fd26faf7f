#include "core/content/snapshot_name.hpp"

#include "core/content/paths.hpp"

#include <algorithm>

namespace berth {

namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_plain(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [more](char c) {
    return is_name_byte(c) || more.find(c) != more.npos;
  });
}

} // namespace

result<qualified_name> parse_qualified_name(std::string_view text) {
  auto at = text.find('@');
  auto fail = make_error(ec::invalid_argument,
                         "snapshot name is not <object>@<bucket>");
  if (at == text.npos || text.find('@', at + 1) != text.npos)
    return fail;
  auto object = text.substr(0, at);
  auto bucket = text.substr(at + 1);
  if (!is_inner_path(object, 1024) || !is_plain(object, "/")
      || object.front() == '.' || object.find("/.") != object.npos)
    return fail;
  if (bucket.empty() || bucket.size() > 255 || !is_plain(bucket, "")
      || bucket.front() == '.')
    return fail;
  return qualified_name{std::string{object}, std::string{bucket}};
}

} // namespace berth
