#include "core/content/paths.hpp"

#include <strings.h>

#include <algorithm>

namespace berth {

namespace {

constexpr std::string_view workspace_root = "/workspace";

template <class Predicate>
bool all_components(std::string_view path, Predicate holds) {
  for (size_t begin = 0; begin <= path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    if (!holds(path.substr(begin, end - begin)))
      return false;
    begin = end + 1;
  }
  return true;
}

bool is_git_dir(std::string_view part) {
  return part.size() == 4 && strncasecmp(part.data(), ".git", 4) == 0;
}

} // namespace

bool is_inner_path(std::string_view path, size_t max_path) {
  return path.size() <= max_path && path.find('\0') == path.npos
         && all_components(path, [](std::string_view part) {
              return !part.empty() && part.size() <= 255 && part != "."
                     && part != "..";
            });
}

result<std::string> content_location(std::string_view text) {
  auto path = text;
  if (path == workspace_root || path == "/" || path == ".")
    path = "";
  else if (path.starts_with(workspace_root)
           && path.substr(workspace_root.size()).starts_with('/'))
    path.remove_prefix(workspace_root.size() + 1);
  if (path.ends_with('/') && path.size() > 1)
    path.remove_suffix(1);
  if (!path.empty() && !is_inner_path(path))
    return make_error(ec::invalid_argument,
                      "location is not a path below /workspace");
  return std::string{path};
}

result<std::string> checkout_location(std::string_view text) {
  auto path = content_location(text);
  if (path && !all_components(*path, [](std::string_view part) {
        return !is_git_dir(part);
      }))
    return make_error(ec::invalid_argument, "location is inside a .git");
  return path;
}

} // namespace berth
