#include "core/builds/references.hpp"

#include "core/hasher.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace berth {

namespace {

/// Of the process that makes workspace images of base images: another one
/// builds all of them anew.
constexpr auto process_version = "2";

struct hashed_line {
  std::string_view key, value;
};

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

/// The lines, sorted by key, and an empty one: there was a salt once.
/// With line ends in them two sources could look the same.
result<std::string> hash_lines(std::initializer_list<hashed_line> lines) {
  auto text = std::string{};
  for (const auto& line : lines) {
    if (has_control_bytes(line.value))
      return make_error(ec::invalid_argument,
                        "build source: control characters in "
                          + std::string{line.key});
    text.append(line.key).append(": ").append(line.value).append("\n");
  }
  return sha256_hex(text + "\n");
}

result<std::string> hash_of(const dockerfile_source& source) {
  if (!source.remote_uri.empty())
    return hash_lines({{"CloneTarget", source.clone_target},
                       {"ContextPath", source.context_path},
                       {"DockerfilePath", source.dockerfile_path},
                       {"DockerfileVersion", source.dockerfile_version},
                       {"RemoteURI", source.remote_uri},
                       {"Source", "git"}});
  if (source.initializer.empty())
    return make_error(ec::invalid_argument, "unsupported context initializer");
  auto content = sha256_hex(source.initializer);
  return hash_lines({{"ContextPath", source.context_path},
                     {"DockerfilePath", source.dockerfile_path},
                     {"DockerfileVersion", source.dockerfile_version},
                     {"Initializer", content},
                     {"Source", "initializer"}});
}

caf::error not_configured(std::string_view which) {
  return make_error(ec::failed_precondition,
                    "images." + std::string{which} + " is not configured");
}

} // namespace

result<std::string> base_reference(const dockerfile_source& source,
                                   const std::string& repository) {
  auto hash = hash_of(source);
  if (!hash)
    return hash.error();
  if (repository.empty())
    return not_configured("base_repository");
  return repository + ":" + *hash;
}

result<std::string> workspace_reference(const std::string& base_reference,
                                        const std::string& repository) {
  if (repository.empty())
    return not_configured("workspace_repository");
  return repository + ":"
         + sha256_hex(base_reference + "\n" + process_version + "\n");
}

} // namespace berth
