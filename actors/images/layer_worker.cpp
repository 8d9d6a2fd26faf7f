#include "actors/images/layer_worker.hpp"

#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t largest_credentials = 1024 * 1024;

int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// Names in `directory`; none if it is not there.
result<std::vector<std::string>> names_in(const fs::path& directory) {
  auto out = std::vector<std::string>{};
  auto err = std::error_code{};
  for (const auto& entry : fs::directory_iterator{directory, err})
    out.push_back(entry.path().filename());
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "list", directory.native());
  return out;
}

result<layer_listing> list(const list_layers& what) {
  auto out = layer_listing{};
  auto layers = names_in(what.layers);
  if (!layers)
    return layers.error();
  for (const auto& name : *layers) {
    if (name.starts_with('.'))
      out.leftovers.push_back(fs::path{what.layers} / name);
    else
      out.present.insert(name);
  }
  auto blobs = names_in(what.blobs);
  if (!blobs)
    return blobs.error();
  for (const auto& name : *blobs)
    if (name.starts_with('.'))
      out.leftovers.push_back(fs::path{what.blobs} / name);
  out.now_ns = wall_clock_ns();
  return out;
}

/// Overlay then shows nothing of the layers below in that directory.
result<void> mark_opaque(const sys::fd& layer, const std::string& path) {
  auto directory = sys::open_beneath(layer.get(), path.empty() ? "." : path,
                                     O_RDONLY | O_DIRECTORY);
  if (!directory)
    return directory.error();
  if (::fsetxattr(directory->get(), "trusted.overlay.opaque", "y", 1, 0) < 0)
    return errno_error(errno, "fsetxattr", path);
  return {};
}

bool has_directory(const std::string& path) {
  struct stat st = {};
  return ::lstat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

/// Marks the layers that are new; the others are not touched.
result<std::vector<std::string>> prepare(const install_layers& what) {
  auto fresh = std::vector<std::string>{};
  for (const auto& layer : what.what) {
    if (has_directory(fs::path{what.layers} / layer.directory))
      continue;
    auto root = sys::open_directory(fs::path{what.staging} / layer.directory);
    if (!root)
      return make_error(ec::data_loss,
                        "layer " + layer.directory + " was not unpacked");
    for (const auto& path : layer.opaque)
      if (auto marked = mark_opaque(*root, path); !marked)
        return marked.error();
    fresh.push_back(layer.directory);
  }
  return fresh;
}

result<installed_layers> install(const install_layers& what) {
  auto fresh = prepare(what);
  if (!fresh)
    return fresh.error();
  auto staging = sys::open_directory(what.staging);
  if (!staging)
    return staging.error();
  // A layer under its name is taken for complete, after a power loss too.
  if (!fresh->empty() && ::syncfs(staging->get()) < 0)
    return errno_error(errno, "syncfs", what.staging);
  for (const auto& name : *fresh) {
    auto moved
      = sys::move(fs::path{what.staging} / name, fs::path{what.layers} / name);
    // Somebody else unpacked the same one.
    if (!moved && !is_errno(moved.error(), EEXIST))
      return moved.error();
  }
  return installed_layers{wall_clock_ns()};
}

result<credentials> read(const read_credentials& what) {
  if (what.file.empty())
    return credentials{};
  auto text = sys::read_file(what.file, largest_credentials);
  if (!text)
    return make_error(ec::failed_precondition,
                      "registry credentials: " + describe(text.error()));
  return credentials{std::move(*text)};
}

} // namespace

layer_actor::behavior_type layer_worker(layer_actor::pointer self) {
  // Each answers and ends the worker.
  auto once = [self](auto outcome) {
    self->quit();
    return outcome;
  };
  return {
    [=](const list_layers& what) -> caf::result<layer_listing> {
      return once(list(what));
    },
    [=](const install_layers& what) -> caf::result<installed_layers> {
      return once(install(what));
    },
    [=](const read_credentials& what) -> caf::result<credentials> {
      return once(read(what));
    },
  };
}

} // namespace berth
