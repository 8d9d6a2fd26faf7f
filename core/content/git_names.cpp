#include "core/content/git_names.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace berth {

namespace {

constexpr size_t max_ref = 244; // leaves room for ".lock" in one file name
constexpr size_t max_config_value = 1024;

constexpr std::array<std::string_view, 13> settable_keys{
  "user.name",
  "user.email",
  "core.autocrlf",
  "core.eol",
  "core.ignorecase",
  "pull.rebase",
  "pull.ff",
  "push.default",
  "fetch.prune",
  "http.version",
  "rebase.autostash",
  "merge.conflictstyle",
  "init.defaultbranch",
};

bool is_ref_byte(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte != 0x7f
         && std::string_view{"~^:?*[\\"}.find(c) == std::string_view::npos;
}

bool is_ref_component(std::string_view part) {
  return !part.empty() && part.front() != '.' && !part.ends_with(".lock");
}

std::string lower(std::string_view text) {
  auto out = std::string{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(tolower(c)); });
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 10
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return c >= '0' && c <= '9'; });
}

bool is_clone_filter(std::string_view text) {
  auto take = [&](std::string_view prefix) {
    auto found = text.starts_with(prefix);
    text.remove_prefix(found ? prefix.size() : 0);
    return found;
  };
  if (take("blob:limit=")) {
    if (!text.empty() && std::string_view{"kmg"}.find(text.back()) != text.npos)
      text.remove_suffix(1);
    return is_number(text);
  }
  return take("tree:") ? is_number(text) : text == "blob:none";
}

} // namespace

bool is_clone_filter_key(std::string_view key) {
  return lower(key) == "remote.origin.partialclonefilter";
}

bool is_ref_name(std::string_view name) {
  if (name.empty() || name.size() > max_ref || name.front() == '-'
      || name.back() == '.' || name == "@" || name == "HEAD")
    return false;
  if (!std::all_of(name.begin(), name.end(), is_ref_byte)
      || name.find("..") != name.npos || name.find("@{") != name.npos)
    return false;
  for (size_t begin = 0; begin <= name.size();) {
    auto end = std::min(name.find('/', begin), name.size());
    if (!is_ref_component(name.substr(begin, end - begin)))
      return false;
    begin = end + 1;
  }
  return true;
}

bool is_object_id(std::string_view name) {
  return (name.size() == 40 || name.size() == 64)
         && name.find_first_not_of("0123456789abcdef") == name.npos;
}

result<void> check_git_config(std::string_view key, std::string_view value) {
  if (is_clone_filter_key(key)) {
    if (is_clone_filter(value))
      return {};
    return make_error(ec::invalid_argument,
                      "git config: a clone is filtered by blob:none, "
                      "blob:limit=SIZE or tree:DEPTH");
  }
  auto known
    = std::find(settable_keys.begin(), settable_keys.end(), lower(key));
  if (known == settable_keys.end())
    return make_error(ec::invalid_argument,
                      "git config: a workspace may not set "
                        + printable(key.substr(0, 100)));
  auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (value.size() > max_config_value
      || std::any_of(value.begin(), value.end(), is_control))
    return make_error(ec::invalid_argument,
                      "git config: value is too long or has control bytes");
  return {};
}

} // namespace berth
