#include "core/base64.hpp"
#include "test/registry/registry_world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>

namespace berth::test {

namespace {

using namespace std::chrono_literals;
using kind = fault::kind;

const auto anna = registry_login{"anna", "secret", {}};
const auto basic_of_anna = "Basic " + to_base64("anna:secret");
const auto nothing = std::string(64, '0');

fault redirect_to(const std::string& url) {
  return reply("307 Temporary Redirect", "", "Location: " + url + "\r\n");
}

/// As long as this lives.
struct trusted_certificate {
  explicit trusted_certificate(const std::filesystem::path& file) {
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
  }
  ~trusted_certificate() { ::unsetenv("SSL_CERT_FILE"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(asking_a_registry, proxied_registry)

BOOST_AUTO_TEST_CASE(a_tag_and_a_digest_mean_a_manifest) {
  for (auto* path : {"team/app:1", "team/multi:1"})
    BOOST_TEST(ask(job(path)) == images.digest());
  BOOST_TEST(ask(job("team/app@" + images.digest())) == images.digest());
  spoil({}, 0);
  BOOST_TEST(ask(job("team/app:none@" + images.digest())) == images.digest());
  BOOST_TEST(first_line(heads.at(0))
             == "GET /v2/team/app/manifests/" + images.digest() + " HTTP/1.1");
  BOOST_TEST(header_of(heads.at(0), "Authorization") == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  BOOST_TEST(ask(job("team/app:2")) == "not_found");
  BOOST_TEST(ask(job("team/none:1")) == "not_found");
  BOOST_TEST(ask(job("team/app@sha256:" + nothing)) == "not_found");
  BOOST_TEST(ask(job("Team/App")) == "invalid_argument");
}

BOOST_AUTO_TEST_CASE(an_index_leads_to_this_machines_image_or_nowhere) {
  auto inner = index_with(images.digest(), "linux");
  auto outer = index_with(digest_of(inner), "linux");
  auto deepest = index_with(digest_of(outer), "linux");
  auto documents = std::map<std::string, std::string>{
    {"one", inner},
    {"two", outer},
    {"three", deepest},
    {"others", index_with(images.digest(), "plan9")},
    {digest_of(inner), inner},
    {digest_of(outer), outer},
  };
  proxy.set([=](const std::string& head) {
    for (const auto& [name, document] : documents)
      if (first_line(head).find("/" + name + " ") != std::string::npos)
        return reply("200 OK", document);
    return fault{};
  });
  BOOST_TEST(ask(job("team/app:one")) == images.digest());
  BOOST_TEST(ask(job("team/app:two")) == images.digest());
  BOOST_TEST(ask(job("team/app:three")) == "unavailable");
  BOOST_TEST(ask(job("team/app:others")) == "not_found");
}

BOOST_AUTO_TEST_CASE(each_failure_has_its_code) {
  const auto header = [](const std::string& digest) {
    return "Docker-Content-Digest: " + digest + "\r\n";
  };
  const struct {
    const char* name;
    fault how;
    const char* code;
    bool passes; ///< another attempt may help
  } table[] = {
    {"refused", {kind::refuse}, "unavailable", true},
    {"cut", {kind::cut_answer, 10}, "unavailable", true},
    {"reset", {kind::reset_answer, 10}, "unavailable", true},
    {"damaged", {kind::flip_answer, 20}, "unavailable", true},
    {"lost", {kind::lose_answer}, "unavailable", true},
    {"another digest", reply("200 OK", "{}", header("sha256:" + nothing)),
     "unavailable", true},
    {"no manifest", reply("200 OK", "<html>"), "unavailable", true},
    {"too busy", reply("429 Too Many Requests", "{}"), "unavailable", true},
    {"broken", reply("500 Internal Server Error", "{}"), "internal", true},
    {"bad gateway", reply("502 Bad Gateway", "{}"), "unavailable", true},
    {"not available", reply("503 Service Unavailable", "{}"), "unavailable",
     true},
    {"not implemented", reply("501 Not Implemented", "{}"), "internal", false},
    {"bad request", reply("400 Bad Request", "{}"), "internal", false},
    {"forbidden", reply("403 Forbidden", "{}"), "permission_denied", false},
    {"not found", reply("404 Not Found", "{}"), "not_found", false},
    {"unauthorized", reply("401 Unauthorized", "{}"), "unauthenticated", false},
    {"too large", reply("200 OK", std::string(5 << 20, ' ')), "unavailable",
     false},
    {"endless redirects", redirect_to("/v2/team/app/manifests/1"),
     "unavailable", false},
    {"a redirect to a file", redirect_to("file:///etc/passwd"),
     "permission_denied", false},
  };
  for (const auto& each : table)
    BOOST_TEST_CONTEXT(each.name) {
      auto once = job("team/app:1");
      auto patient = once;
      patient.attempts = 4;
      spoil(each.how);
      BOOST_TEST(ask(once) == each.code);
      auto first = heads.size();
      spoil(each.how);
      BOOST_TEST(ask(patient) == each.code);
      BOOST_TEST(heads.size() == (each.passes ? 4 * first : first));
      spoil(each.how, 2);
      if (each.passes)
        BOOST_TEST(ask(patient) == images.digest());
    }
}

BOOST_AUTO_TEST_CASE(silence_is_waited_out) {
  spoil({kind::silence}, 1);
  auto what = job("team/app:1");
  what.attempt_limit = 300ms;
  BOOST_TEST(ask(what) == "unavailable");
  spoil({kind::silence}, 1);
  what.attempt_limit = 2s;
  what.attempts = 2;
  BOOST_TEST(ask(what) == images.digest());
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_before_it_wants_to_be) {
  auto busy = [](const char* seconds) {
    return reply("429 Too Many Requests", "{}",
                 std::string{"Retry-After: "} + seconds + "\r\n");
  };
  auto what = job("team/app:1");
  what.attempts = 4;
  spoil(busy("1"), 1);
  auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(ask(what) == images.digest());
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= 1s));
  spoil(busy("3600"));
  BOOST_TEST(ask(what) == "unavailable");
  BOOST_TEST(heads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_redirect_takes_no_credentials_elsewhere) {
  auto tokens = token_service{};
  auto other = fault_proxy{server.port()};
  auto seen = std::string{"nothing"};
  other.set([&](const std::string& head) {
    seen = header_of(head, "Authorization");
    return fault{};
  });
  want_tokens(tokens.realm());
  auto direct = job("team/app:1");
  direct.known_hosts = {"127.0.0.1:" + std::to_string(other.port())};
  BOOST_REQUIRE(ask(direct) == images.digest());
  proxy.set([&](const std::string& head) {
    heads.push_back(head);
    if (header_of(head, "Authorization").empty())
      return reply("401 Unauthorized", "{}",
                   "WWW-Authenticate: Bearer realm=\"" + tokens.realm()
                     + "\"\r\n");
    return redirect_to("http://127.0.0.1:" + std::to_string(other.port())
                       + "/v2/team/app/manifests/1");
  });
  BOOST_TEST(ask(direct) == images.digest());
  BOOST_TEST(header_of(heads.back(), "Authorization") == "Bearer good-token");
  BOOST_TEST(seen == "");
}

BOOST_AUTO_TEST_CASE(elsewhere_nobody_is_told_who_we_are) {
  auto other = fault_proxy{server.port()};
  auto seen = std::vector<std::string>{};
  other.set([&](const std::string& head) {
    seen.push_back(header_of(head, "Authorization"));
    return reply("401 Unauthorized", "{}",
                 "WWW-Authenticate: Basic realm=\"x\"\r\n");
  });
  spoil(redirect_to("http://127.0.0.1:" + std::to_string(other.port()) + "/x"));
  auto what = job("team/app:1");
  what.login = anna;
  what.known_hosts = {"127.0.0.1:" + std::to_string(other.port())};
  BOOST_TEST(ask(what) == "unauthenticated");
  BOOST_TEST(seen == std::vector<std::string>{""});
}

BOOST_AUTO_TEST_CASE(a_redirect_reaches_nothing_else_of_this_machine) {
  auto other = fault_proxy{server.port()};
  auto asked = 0;
  other.set([&](const std::string&) {
    ++asked;
    return fault{};
  });
  for (auto* host : {"127.0.0.1", "localhost"}) {
    spoil(redirect_to("http://" + std::string{host} + ":"
                      + std::to_string(other.port()) + "/x"));
    BOOST_TEST(ask(job("team/app:1")) == "permission_denied", host);
  }
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(showing_credentials)

BOOST_AUTO_TEST_CASE(a_password_opens_a_registry_that_asks_for_one) {
  auto at = proxied_registry{{.wants_login = true}};
  auto what = at.job("team/app:1");
  BOOST_TEST(at.ask(what) == "unauthenticated");
  what.login = {"anna", "wrong", {}};
  BOOST_TEST(at.ask(what) == "unauthenticated");
  what.login = anna;
  at.spoil({}, 0);
  BOOST_TEST(at.ask(what) == at.images.digest());
  BOOST_REQUIRE_EQUAL(at.heads.size(), 2u);
  BOOST_TEST(header_of(at.heads[0], "Authorization") == "");
  BOOST_TEST(header_of(at.heads[1], "Authorization") == basic_of_anna);
  what = at.job("team/none:1");
  what.login = anna;
  BOOST_TEST(at.ask(what) == "not_found");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_fetched_with_the_password,
                        proxied_registry) {
  auto tokens = token_service{};
  tokens.wanted = basic_of_anna;
  want_tokens(tokens.realm());
  auto what = job("team/multi:1");
  what.login = anna;
  BOOST_TEST(ask(what) == images.digest());
  // One token does for the index and the manifest behind it.
  BOOST_TEST(tokens.requests() == 1);
  BOOST_TEST(heads.size() == 3u);
  BOOST_TEST(first_line(tokens.last_head)
             == "GET /token?service=berth%20test&scope=repository%3Ateam%2F"
                "multi%3Apull HTTP/1.1");
  for (const auto& head : heads)
    BOOST_TEST(header_of(head, "Authorization") != basic_of_anna);
}

BOOST_FIXTURE_TEST_CASE(a_token_is_fetched_without_any, proxied_registry) {
  auto tokens = token_service{};
  want_tokens(tokens.realm());
  BOOST_TEST(ask(job("team/app:1")) == images.digest());
  BOOST_TEST(header_of(tokens.last_head, "Authorization") == "");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_exchanged_for_another, proxied_registry) {
  auto tokens = token_service{};
  want_tokens(tokens.realm());
  auto what = job("team/app:1");
  what.login.identity_token = "long-lived";
  BOOST_TEST(ask(what) == images.digest());
  BOOST_TEST(first_line(tokens.last_head) == "POST /token HTTP/1.1");
}

BOOST_FIXTURE_TEST_CASE(a_token_that_cannot_be_had_has_its_code,
                        proxied_registry) {
  auto tokens = token_service{};
  want_tokens(tokens.realm());
  tokens.wanted = basic_of_anna;
  auto what = job("team/app:1");
  what.login = {"anna", "wrong", {}};
  BOOST_TEST(ask(what) == "unauthenticated");
  tokens.wanted.clear();
  tokens.answer = R"({"token": "bad-token"})";
  BOOST_TEST(ask(what) == "unauthenticated");
  tokens.answer = "{}";
  BOOST_TEST(ask(what) == "unavailable");
  want_tokens("http://127.0.0.1:1/token");
  BOOST_TEST(ask(what) == "unavailable");
}

BOOST_FIXTURE_TEST_CASE(nobody_else_is_shown_the_password, proxied_registry) {
  auto tokens = token_service{};
  auto elsewhere
    = "http://localhost" + tokens.realm().substr(tokens.realm().rfind(':'));
  want_tokens(elsewhere);
  auto what = job("team/app:1");
  what.login = anna;
  BOOST_TEST(ask(what) == "permission_denied");
  BOOST_TEST(tokens.requests() == 0);
  // Unless the node knows that place.
  what.known_hosts = {"localhost" + elsewhere.substr(elsewhere.rfind(':'))};
  what.known_hosts[0].resize(what.known_hosts[0].find('/'));
  BOOST_TEST(ask(what) == images.digest());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(speaking_tls)

BOOST_AUTO_TEST_CASE(needs_a_certificate_that_is_trusted) {
  auto at = proxied_registry{{.tls = true}};
  auto what = resolve_job{};
  what.reference = at.server.host() + "/team/none:1";
  what.attempts = 4;
  BOOST_TEST(at.ask(what) == "unavailable");
  {
    auto trusted = trusted_certificate{at.server.certificate()};
    BOOST_TEST(at.ask(what) == "not_found");
  }
  what.insecure = true;
  BOOST_TEST(at.ask(what) == "not_found");
}

BOOST_FIXTURE_TEST_CASE(is_needed_where_nothing_else_was_said,
                        proxied_registry) {
  spoil({}, 0);
  auto what = job("team/app:1");
  what.login = anna;
  what.insecure = false;
  BOOST_TEST(ask(what) == "unavailable");
  BOOST_TEST(heads.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
