#include "core/builds/build_recipe.hpp"

#include <string_view>

namespace berth {

namespace {

/// Whose a kept password is, in front of its name.
constexpr std::string_view of_source = "source:", of_registry = "registry:";

} // namespace

build_recipe make_recipe(const build_source& source, const build_auth& auth,
                         bool use_retry_client) {
  auto out = build_recipe{source, auth, use_retry_client, false};
  out.had_secrets = !kept_secrets(source, auth).empty();
  out.auth.additional.clear();
  if (auto* file = std::get_if<dockerfile_source>(&out.source))
    file->secrets.clear();
  return out;
}

initializer_secrets kept_secrets(const build_source& source,
                                 const build_auth& auth) {
  auto out = initializer_secrets{};
  if (auto* file = std::get_if<dockerfile_source>(&source))
    for (const auto& [path, secret] : file->secrets)
      out[std::string{of_source} + path] = secret;
  for (const auto& [registry, login] : auth.additional)
    out[std::string{of_registry} + registry] = login;
  return out;
}

void restore_secrets(const initializer_secrets& kept, build_source& source,
                     build_auth& auth) {
  auto* file = std::get_if<dockerfile_source>(&source);
  for (const auto& [name, secret] : kept)
    if (name.starts_with(of_registry))
      auth.additional[name.substr(of_registry.size())] = secret;
    else if (file && name.starts_with(of_source))
      file->secrets[name.substr(of_source.size())] = secret;
}

} // namespace berth
