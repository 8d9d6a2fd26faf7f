#include "core/builds/registry_auth.hpp"

#include "core/base64.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

using json = nlohmann::json;

constexpr auto docker_hub = "docker.io";

/// The registry of "host[:port]/path"; none for what is not configured.
std::string registry_of(const std::string& repository) {
  auto parsed = parse_image_reference(repository);
  return parsed ? parsed->registry : std::string{};
}

std::optional<registry_login> split_login(std::string_view text,
                                          std::string_view registry) {
  auto colon = text.find(':');
  auto has_port = registry.find(':') != registry.npos;
  // Some registries' users are called as the registry itself.
  if (has_port && text.starts_with(registry)
      && text.substr(registry.size()).starts_with(':'))
    colon = registry.size();
  if (colon == text.npos)
    return std::nullopt;
  auto login = registry_login{std::string{text.substr(0, colon)},
                              std::string{text.substr(colon + 1)},
                              {}};
  return login.is_anonymous() ? std::nullopt : std::optional{std::move(login)};
}

/// "https://index.docker.io/v1/" and the like, as older programs wrote them.
std::string without_scheme(std::string_view key) {
  auto scheme = key.find("://");
  if (scheme == key.npos)
    return std::string{key};
  key.remove_prefix(scheme + 3);
  auto host = std::string{key.substr(0, key.find('/'))};
  return host == "index.docker.io" ? docker_hub : host;
}

std::string text_member(const json& entry, const char* name) {
  auto found = entry.find(name);
  return found != entry.end() && found->is_string() ? found->get<std::string>()
                                                    : std::string{};
}

std::optional<registry_login> login_of(const json& entry,
                                       const std::string& registry) {
  if (!entry.is_object())
    return std::nullopt;
  if (auto token = text_member(entry, "identitytoken"); !token.empty())
    return registry_login{{}, {}, std::move(token)};
  auto pair = from_base64(text_member(entry, "auth"));
  return pair ? split_login(*pair, registry) : std::nullopt;
}

} // namespace

bool may_use_installation(const build_auth& auth, const std::string& registry,
                          const settings& all) {
  if (auth.all)
    return true;
  auto is_base = registry == registry_of(all.images.base_repository);
  auto is_workspace = registry == registry_of(all.images.workspace_repository);
  if (is_base || is_workspace)
    return (is_base && auth.base_repository)
           || (is_workspace && auth.workspace_repository);
  return std::find(auth.any_of.begin(), auth.any_of.end(), registry)
         != auth.any_of.end();
}

std::optional<registry_login> additional_login(const build_auth& auth,
                                               const std::string& registry) {
  auto found = auth.additional.find(registry);
  if (found == auth.additional.end())
    return std::nullopt;
  auto pair = from_base64(found->second);
  return pair ? split_login(*pair, registry) : std::nullopt;
}

result<std::optional<registry_login>> login_in(std::string_view auth_json,
                                               const image_reference& image) {
  auto document = parse_json_or_discard(auth_json);
  if (!document.is_object())
    return make_error(ec::failed_precondition, "the credentials for "
                                                 + image.registry
                                                 + " are not a JSON object");
  auto auths = document.find("auths");
  if (auths == document.end() || !auths->is_object())
    return std::optional<registry_login>{};
  auto known = std::map<std::string, const json*>{};
  for (const auto& [key, entry] : auths->items())
    known.emplace(without_scheme(key), &entry);
  // host/a/b, then host/a, then host.
  auto name = image.registry + "/" + image.repository;
  for (;;) {
    if (auto found = known.find(name); found != known.end())
      if (auto login = login_of(*found->second, image.registry))
        return login;
    auto slash = name.rfind('/');
    if (slash == name.npos)
      return std::optional<registry_login>{};
    name.resize(slash);
  }
}

std::string to_auth_json(const std::string& registry,
                         const registry_login& login) {
  auto document = json{{"auths", json::object()}};
  if (!login.identity_token.empty())
    document["auths"][registry] = {{"identitytoken", login.identity_token}};
  else if (!login.is_anonymous())
    document["auths"][registry]
      = {{"auth", to_base64(login.user + ":" + login.password)}};
  return print_json(document);
}

} // namespace berth
