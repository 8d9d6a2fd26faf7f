#include "core/builds/build_path.hpp"

#include "core/content/paths.hpp"

namespace berth {

namespace {

constexpr auto workspace_root = std::string_view{"/workspace"};

/// Without components that say nothing.
std::string plain(std::string_view path) {
  auto out = std::string{};
  while (!path.empty()) {
    auto slash = std::min(path.find('/'), path.size());
    auto name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty() || name == ".")
      continue;
    if (!out.empty())
      out += '/';
    out += name;
  }
  return out;
}

result<std::string> below_workspace(std::string_view path, const char* what) {
  auto rest = path;
  if (rest.starts_with(workspace_root)
      && (rest.size() == workspace_root.size()
          || rest[workspace_root.size()] == '/'))
    rest.remove_prefix(std::min(workspace_root.size() + 1, rest.size()));
  auto out = plain(rest);
  if (rest.starts_with('/') || (!out.empty() && !is_inner_path(out)))
    return make_error(ec::invalid_argument,
                      std::string{what} + " does not lead into the context: "
                        + std::string{path});
  return out;
}

} // namespace

result<context_paths> build_paths(const dockerfile_source& source) {
  auto file = below_workspace(source.dockerfile_path, "dockerfile_path");
  if (!file)
    return file.error();
  if (file->empty())
    return make_error(ec::invalid_argument, "dockerfile_path is missing");
  auto out = context_paths{*file, {}};
  if (source.context_path.empty()) {
    auto slash = file->rfind('/');
    out.directory = slash == file->npos ? "" : file->substr(0, slash);
    return out;
  }
  auto directory = below_workspace(source.context_path, "context_path");
  if (!directory)
    return directory.error();
  out.directory = std::move(*directory);
  return out;
}

} // namespace berth
