#include "app/berth-worker/image/merged_view.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace berth::worker {

namespace {

constexpr size_t most_text = 1024 * 1024;

std::optional<struct stat> stat_beneath(int dir, const std::string& path) {
  // A link at the end is opened itself, not followed.
  auto fd = open_beneath(dir, path, O_PATH);
  struct stat st {};
  if (fd && ::fstat(fd->get(), &st) == 0)
    return st;
  return std::nullopt;
}

} // namespace

merged_view::found merged_view::find(const std::string& path) const {
  auto visible = std::vector<const layer_view*>{};
  for (const auto& layer : layers_) {
    visible.push_back(&layer);
    if (layer.opaque.count("") != 0)
      break;
  }
  for (size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    auto prefix = path.substr(0, end);
    auto next = std::vector<const layer_view*>{};
    for (auto* layer : visible) {
      auto st = stat_beneath(layer->directory, prefix);
      if (!st)
        continue;
      auto is_dir = S_ISDIR(st->st_mode);
      if (!is_dir && !next.empty())
        break; // hidden by a directory above
      if (!is_dir) {
        auto is_whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0;
        auto is_last = end == path.size();
        if (is_whiteout)
          return {};
        return {is_last && S_ISREG(st->st_mode) ? kind::file : kind::other,
                layer->directory};
      }
      next.push_back(layer);
      if (layer->opaque.count(prefix) != 0)
        break;
    }
    if (next.empty())
      return {};
    visible = std::move(next);
  }
  return {kind::directory, -1};
}

merged_view::kind merged_view::at(const std::string& path) const {
  return find(path).what;
}

result<std::string> merged_view::read(const std::string& path) const {
  auto where = find(path);
  if (where.what != kind::file)
    return std::string{};
  auto fd = open_beneath(where.layer, path, O_RDONLY | O_NONBLOCK);
  if (!fd)
    return fd.error();
  return read_text(fd->get(), path, most_text,
                   "image: " + path + " is too large");
}

} // namespace berth::worker
