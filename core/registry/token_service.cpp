#include "core/registry/token_service.hpp"

#include "core/content/git_url.hpp"
#include "core/uri.hpp"

#include <algorithm>

namespace berth {

namespace {

std::string_view without_port(std::string_view host) {
  return host.substr(0, host.find(':'));
}

/// Whether `host` is `registry`, is below it, or is, like it, in a domain of at
/// least two labels: registry-1.docker.io and auth.docker.io.
bool is_of_same_domain(std::string_view host, std::string_view registry) {
  auto is_below = [host](std::string_view domain) {
    return host == domain
           || (host.ends_with(domain)
               && host.substr(0, host.size() - domain.size()).ends_with('.'));
  };
  auto is_address = registry.find_first_not_of("0123456789.") == registry.npos;
  if (is_address)
    return host == registry;
  auto parent = registry.substr(std::min(registry.find('.'), registry.size()));
  if (!parent.empty())
    parent.remove_prefix(1);
  return is_below(registry)
         || (parent.find('.') != parent.npos && is_below(parent));
}

} // namespace

bool is_known_host(const git_url& url, std::span<const std::string> known) {
  auto with_port = url.host + ":" + std::to_string(url.effective_port());
  return std::any_of(known.begin(), known.end(), [&](const auto& host) {
    return host == with_port || (host == url.host && url.port == 0);
  });
}

std::string host_of_registry(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

result<std::string> token_url(const auth_challenge& challenge,
                              const token_request& request) {
  auto realm = challenge.value("realm");
  // The grammar is that of a repository's address, minus the other schemes.
  auto url = parse_git_url(realm.substr(0, realm.find('?')));
  if (!url || !url->is_http())
    return make_error(ec::permission_denied,
                      "the registry names no place to get a token from");
  if (url->scheme != "https" && !request.insecure)
    return make_error(ec::permission_denied,
                      "the registry wants its credentials without TLS");
  auto registry = host_of_registry(request.registry);
  if (!is_of_same_domain(url->host, without_port(registry))
      && !is_known_host(*url, request.known_hosts))
    return make_error(ec::permission_denied,
                      "the registry wants its credentials sent to "
                        + url->host);
  auto out = realm + (realm.find('?') == realm.npos ? "?" : "&");
  if (auto service = challenge.value("service"); !service.empty())
    out += "service=" + uri_encoded(service, true) + "&";
  return out + "scope="
         + uri_encoded("repository:" + request.repository + ":pull", true);
}

} // namespace berth
