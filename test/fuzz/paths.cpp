#include "core/content/paths.hpp"

#include "core/content/snapshot_name.hpp"
#include "core/objects/object_names.hpp"
#include "model/ids.hpp"
#include "test/fuzz/targets.hpp"

#include <strings.h>

#include <string>

namespace berth::fuzz {

namespace {

/// What `path` leads to, step by step, as a file system would see it: whether
/// no step is up, stays or is too long.
bool leads_down(std::string_view path) {
  auto rest = std::string{path} + "/";
  for (size_t begin = 0, end = 0; begin < rest.size(); begin = end + 1) {
    end = rest.find('/', begin);
    auto step = rest.substr(begin, end - begin);
    if (step.empty() || step == "." || step == ".." || step.size() > 255)
      return false;
  }
  return path.find('\0') == path.npos;
}

bool enters_git(const std::string& path) {
  auto slashed = "/" + path + "/";
  for (size_t at = 0; at + 6 <= slashed.size(); ++at)
    if (::strncasecmp(slashed.c_str() + at, "/.git/", 6) == 0)
      return true;
  return false;
}

void try_object_name(const bucket_scheme& names, std::string_view text) {
  auto name = names.parse(text);
  if (!name)
    return;
  require(names.qualified(*name) == text, "an object's name means one thing");
  require(is_valid_id(name->of.owner) && is_valid_id(name->of.meta_id),
          "an object is somebody's");
  require(parse_qualified_name(text).engaged(),
          "a worker takes the names that a gateway takes");
}

void try_path(std::string_view input) {
  require(is_inner_path(input) == (input.size() <= 4096 && leads_down(input)),
          "an inner path leads down");
  if (auto path = content_location(input))
    require(path->empty() || leads_down(*path), "a location is below");
  if (auto path = checkout_location(input))
    require(!enters_git(*path), "no checkout is in a .git");
  if (auto name = parse_qualified_name(input))
    require(name->text() == input && leads_down(name->object),
            "a qualified name survives being taken apart");
  try_object_name(bucket_scheme{}, input);
  try_object_name(bucket_scheme{"shared"}, input);
}

} // namespace

const target paths{"paths", try_path};

} // namespace berth::fuzz
