#include "core/registry/challenge.hpp"
#include "core/registry/manifest.hpp"
#include "core/registry/token_service.hpp"

#include <boost/test/unit_test.hpp>

namespace berth {

namespace {

/// "scheme name=value name=value; scheme ..."
std::string offered(std::string_view header) {
  auto out = std::string{};
  for (const auto& challenge : parse_challenges(header)) {
    out += (out.empty() ? "" : "; ") + challenge.scheme;
    for (const auto& [name, value] : challenge.values)
      out += " " + name + "=" + value;
  }
  return out;
}

std::string token_url_of(const std::string& realm, const std::string& registry,
                         bool insecure = false,
                         const std::string& service = "s") {
  static const auto known
    = std::vector<std::string>{"tokens.corp", "login.corp:5001"};
  auto challenge = auth_challenge{"bearer",
                                  {{"realm", realm},
                                   {"service", service},
                                   {"scope", "repository:secret/app:push"}}};
  auto url = token_url(challenge, {registry, "team/app", insecure, known});
  return url ? *url : to_string(code_of(url.error()));
}

const auto hex = std::string(64, 'a');
const auto other_hex = std::string(64, 'b');

std::string manifest_entry(const std::string& os, const std::string& machine,
                           const std::string& digits) {
  return R"({"digest": "sha256:)" + digits + R"(", "platform": {"os": ")" + os
         + R"(", "architecture": ")" + machine + "\"}}";
}

std::string index_of(const std::string& entries) {
  return R"({"schemaVersion": 2, "manifests": [)" + entries + "]}";
}

std::string chosen(const std::string& text) {
  auto digest = entry_for(text, "arm64");
  if (!digest)
    return to_string(code_of(digest.error()));
  return *digest ? **digest : "an image";
}

} // namespace

BOOST_AUTO_TEST_SUITE(registry_protocol)

BOOST_AUTO_TEST_CASE(challenges_are_taken_apart) {
  const std::pair<std::string_view, std::string> table[] = {
    {R"(Bearer realm="https://a.b/t",service="r",scope="x:y:pull,push")",
     "bearer realm=https://a.b/t scope=x:y:pull,push service=r"},
    {R"(Basic realm="Registry")", "basic realm=Registry"},
    {R"(BASIC Realm = "a \"b\" \\", charset=UTF-8)",
     "basic charset=UTF-8 realm=a \"b\" \\"},
    {R"(Negotiate, Basic realm="x", Bearer realm="y")",
     "negotiate; basic realm=x; bearer realm=y"},
    {R"(Bearer realm="first",realm="second")", "bearer realm=first"},
    {R"(Bearer realm="never closed)", "bearer"},
    {R"(realm="of nobody")", ""},
    {"", ""},
    {" , ,", ""},
    {"\"", ""},
  };
  for (const auto& [header, offers] : table)
    BOOST_TEST(offered(header) == offers);
}

BOOST_AUTO_TEST_CASE(tokens_come_from_the_registrys_own_domain) {
  const auto denied = std::string{"permission_denied"};
  const auto end = std::string{"scope=repository%3Ateam%2Fapp%3Apull"};
  const struct {
    std::string realm, registry, url;
  } table[] = {
    {"https://auth.docker.io/token", "docker.io",
     "https://auth.docker.io/token?service=s&" + end},
    {"https://ghcr.io/token?a=b", "ghcr.io",
     "https://ghcr.io/token?a=b&service=s&" + end},
    {"https://gitlab.com/jwt/auth", "registry.gitlab.com",
     "https://gitlab.com/jwt/auth?service=s&" + end},
    {"https://tok.r.example:8443/t", "r.example:5000",
     "https://tok.r.example:8443/t?service=s&" + end},
    {"https://127.0.0.1:5001/t", "127.0.0.1:5000",
     "https://127.0.0.1:5001/t?service=s&" + end},
    {"https://tokens.corp/t", "r.example",
     "https://tokens.corp/t?service=s&" + end},
    {"https://login.corp:5001/t", "r.example",
     "https://login.corp:5001/t?service=s&" + end},
    {"https://login.corp/t", "r.example", denied},
    {"https://tokens.corp:8443/t", "r.example", denied},
    {"https://evil.example/t", "r.example", denied},
    {"https://evil.com/t", "r.example.com", denied},
    {"https://r.example.evil.com/t", "r.example", denied},
    {"https://evil-r.example/t", "r.example", denied},
    {"https://evil.docker.io.evil.com/t", "docker.io", denied},
    {"https://127.0.0.2/t", "127.0.0.1:5000", denied},
    {"https://10.0.0.1/t", "1.0.0.1", denied},
    {"https://169.254.169.254/t", "r.example", denied},
    {"http://r.example/t", "r.example", denied},
    {"https://r.example@evil.com/t", "r.example", denied},
    {"file:///etc/passwd", "r.example", denied},
    {"r.example/t", "r.example", denied},
    {"", "r.example", denied},
  };
  for (const auto& row : table)
    BOOST_TEST(token_url_of(row.realm, row.registry) == row.url);
}

BOOST_AUTO_TEST_CASE(tokens_come_without_tls_only_where_that_will_do) {
  auto url
    = token_url_of("http://127.0.0.1:5001/t", "127.0.0.1:5000", true, "");
  BOOST_TEST(url
             == "http://127.0.0.1:5001/t?scope=repository%3Ateam%2Fapp%3Apull");
  BOOST_TEST(token_url_of("http://evil.example/t", "r.example", true)
             == "permission_denied");
}

BOOST_AUTO_TEST_CASE(a_token_fits_into_a_header) {
  BOOST_TEST(*token_in(R"({"token": "abc", "expires_in": 300})") == "abc");
  BOOST_TEST(*token_in(R"({"access_token": "abc"})") == "abc");
  const std::string table[] = {
    "",
    "[]",
    "{}",
    R"({"token": 7})",
    R"({"token": "a\r\nX-Evil: 1"})",
    R"({"token": "a b"})",
    R"({"token": ")" + std::string(40'000, 'x') + "\"}",
  };
  for (const auto& answer : table) {
    auto token = token_in(answer);
    BOOST_TEST((!token && code_of(token.error()) == ec::unavailable), answer);
  }
}

BOOST_AUTO_TEST_CASE(an_index_leads_to_the_first_image_of_a_platform) {
  const std::pair<std::string, std::string> table[] = {
    {R"({"config": {"size": 7}, "layers": []})", "an image"},
    {index_of(manifest_entry("linux", "amd64", other_hex) + ","
              + manifest_entry("linux", "arm64", hex) + ","
              + manifest_entry("linux", "arm64", other_hex)),
     "sha256:" + hex},
    {index_of(manifest_entry("windows", "arm64", hex)), "not_found"},
    {index_of(R"({"digest": "sha256:)" + hex + "\"}"), "not_found"},
    {index_of(R"(7, null, "x", {"platform": 7})"), "not_found"},
    {index_of(""), "not_found"},
    {index_of(manifest_entry("linux", "arm64", "../" + hex.substr(3))),
     "unavailable"},
    {index_of(manifest_entry("linux", "arm64", "short")), "unavailable"},
    {R"({"config": {"size": 0}})", "unavailable"},
    {R"({"config": 7, "manifests": {}})", "unavailable"},
    {R"({"schemaVersion": 1, "fsLayers": []})", "unavailable"},
    {index_of(manifest_entry("linux", "arm64", hex)).substr(0, 60),
     "unavailable"},
    {"<html>", "unavailable"},
    {"[]", "unavailable"},
    {"", "unavailable"},
    {std::string(100'000, '['), "unavailable"},
  };
  for (const auto& [text, choice] : table)
    BOOST_TEST(chosen(text) == choice);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth
