#include "http_gateway/cookies.hpp"
#include "http_gateway/ingress.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::http;

namespace {

constexpr auto token = "0123456789abcdefghijklmnopqrst_-";
constexpr auto other_token = "0123456789abcdefghijklmnopqrst__";

settings make_settings() {
  auto made = settings{};
  made.ingress = {"/authorize", "https://{{ .Prefix }}.ws.example.com",
                  "https://{{ .WorkspacePort }}-{{ .Prefix }}.ws.example.com",
                  "https://my-host.example.com:8443"};
  return made;
}

std::shared_ptr<workspace_record> workspace(const std::string& id,
                                            const std::string& meta_id) {
  auto record = std::make_shared<workspace_record>();
  record->spec.id = id;
  record->spec.meta_id = meta_id;
  record->spec.ports
    = {{8080, false, false}, {8081, true, false}, {8443, false, true}};
  record->phase = phase::running;
  record->node_ip = "10.20.0.2";
  record->owner_token = token;
  return record;
}

std::string header(const page& from, std::string_view name) {
  for (const auto& [key, value] : from.headers)
    if (key == name)
      return value;
  return "";
}

struct ingress_fixture {
  ingress_fixture() { ours = workspace("w-1", "meta"); }

  /// The URL that a request may pass to, or the status of its refusal.
  std::string decide(const ingress_request& request) const {
    auto all = records{ours};
    all.insert(all.end(), others.begin(), others.end());
    auto said = door.decide(request, all);
    if (said.status == 200)
      return header(said, "X-Berth-Upstream");
    BOOST_TEST(header(said, "X-Berth-Upstream") == "");
    BOOST_TEST((said.status == 401 || said.status == 403));
    return header(said, "X-Berth-Status");
  }
  std::string with_token(const std::string& host) const {
    return decide({.host = host, .token = token});
  }
  static std::string cookie(std::string_view value = token) {
    return "_my_host_example_com_ws_w-1_owner_=" + std::string{value};
  }

  ingress door{make_settings()};
  std::shared_ptr<workspace_record> ours;
  records others;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ingress_test, ingress_fixture)

BOOST_AUTO_TEST_CASE(leads_to_the_server_that_is_meant) {
  BOOST_TEST(with_token("meta.ws.example.com") == "http://10.20.0.2:23000");
  BOOST_TEST(with_token("META.ws.example.com") == "http://10.20.0.2:23000");
  BOOST_TEST(with_token("8080-meta.ws.example.com") == "http://10.20.0.2:8080");
  BOOST_TEST(with_token("8443-meta.ws.example.com")
             == "https://10.20.0.2:8443");
  // The owner reaches ports that were never registered.
  BOOST_TEST(with_token("9-meta.ws.example.com") == "http://10.20.0.2:9");
  BOOST_TEST(decide({"meta.ws.example.com", token, "", "", true})
             == "http://10.20.0.2:22999");
  BOOST_TEST(decide({"8080-meta.ws.example.com", token, "", "", true})
             == "http://10.20.0.2:8080");
}

BOOST_AUTO_TEST_CASE(asks_for_the_owners_token) {
  auto ask = [&](const ingress_request& request) { return decide(request); };
  auto host = std::string{"8080-meta.ws.example.com"};
  auto passes = std::string{"http://10.20.0.2:8080"};
  BOOST_TEST(ask({host, "", "", "", false}) == "401");
  BOOST_TEST(ask({host, other_token, "", "", false}) == "403");
  BOOST_TEST(ask({host, std::string{token} + "x", "", "", false}) == "403");
  BOOST_TEST(ask({host, "%zz", "", "", false}) == "400");
  BOOST_TEST(ask({host, "%300123%", "", "", false}) == "400");
  BOOST_TEST(ask({host, "%30" + std::string{token}.substr(1), "", "", false})
             == passes);
  BOOST_TEST(ask({host, "", "a=b; " + cookie(), "", false}) == passes);
  BOOST_TEST(ask({host, "", cookie("old") + ";" + cookie(), "", false})
             == passes);
  BOOST_TEST(ask({host, "", cookie(other_token), "", false}) == "403");
  BOOST_TEST(ask({host, "", "x" + cookie(), "", false}) == "401");
  // A header counts before cookies, right or wrong.
  BOOST_TEST(ask({host, other_token, cookie(), "", false}) == "403");
}

BOOST_AUTO_TEST_CASE(lets_everyone_in_where_the_owner_says_so) {
  BOOST_TEST(decide({.host = "8081-meta.ws.example.com"})
             == "http://10.20.0.2:8081");
  BOOST_TEST(decide({.host = "meta.ws.example.com"}) == "401");
  ours->spec.admit_everyone = true;
  BOOST_TEST(decide({.host = "meta.ws.example.com"})
             == "http://10.20.0.2:23000");
  BOOST_TEST(decide({.host = "8080-meta.ws.example.com"})
             == "http://10.20.0.2:8080");
  BOOST_TEST(decide({.host = "9-meta.ws.example.com"}) == "http://10.20.0.2:9");
}

BOOST_AUTO_TEST_CASE(tells_unknown_from_stopped) {
  BOOST_TEST(with_token("nobody.ws.example.com") == "404");
  BOOST_TEST(with_token("meta.example.com") == "404");
  BOOST_TEST(with_token("") == "404");
  for (auto in : {phase::pending, phase::creating, phase::initializing,
                  phase::stopping, phase::stopped}) {
    ours->phase = in;
    BOOST_TEST(with_token("meta.ws.example.com") == "503");
  }
  ours->phase = phase::running;
  ours->node_ip.clear();
  BOOST_TEST(with_token("meta.ws.example.com") == "503");
  auto unknown = door.decide({.host = "meta.ws.example.com"},
                             make_error(ec::unavailable, "recovering"));
  BOOST_TEST(header(unknown, "X-Berth-Status") == "503");
}

BOOST_AUTO_TEST_CASE(prefers_the_instance_that_lives) {
  ours->phase = phase::stopped;
  auto next = workspace("w-2", "meta");
  next->node_ip = "10.20.0.6";
  others = {next, workspace("w-3", "else")};
  BOOST_TEST(with_token("meta.ws.example.com") == "http://10.20.0.6:23000");
  std::swap(ours, next);
  others = {next};
  BOOST_TEST(with_token("meta.ws.example.com") == "http://10.20.0.6:23000");
  // Two that differ in case only would share a URL: nobody gets it.
  others = {workspace("w-4", "Meta")};
  BOOST_TEST(with_token("meta.ws.example.com") == "404");
}

BOOST_AUTO_TEST_CASE(a_port_is_a_port_even_if_a_workspace_is_called_like_it) {
  auto named = workspace("w-2", "8080-meta");
  named->node_ip = "10.20.0.6";
  others = {named};
  BOOST_TEST(with_token("8080-meta.ws.example.com") == "http://10.20.0.2:8080");
}

BOOST_AUTO_TEST_CASE(pages_of_others_cannot_use_the_owners_cookie) {
  auto from = [&](const std::string& origin) {
    return decide(
      {.host = "meta.ws.example.com", .cookie = cookie(), .origin = origin});
  };
  auto passes = std::string{"http://10.20.0.2:23000"};
  BOOST_TEST(from("") == passes);
  BOOST_TEST(from("https://meta.ws.example.com") == passes);
  BOOST_TEST(from("https://8080-meta.ws.example.com:7402") == passes);
  BOOST_TEST(from("https://my-host.example.com:8443") == passes);
  for (auto origin :
       {"null", "https://evil.ws.example.com", "https://example.com",
        "https://meta.ws.example.com.evil.com", "https://8080-evil.ws.example"})
    BOOST_TEST(from(origin) == "401", origin);
  BOOST_TEST(decide({.host = "meta.ws.example.com",
                     .token = token,
                     .origin = "https://evil.com"})
             == passes);
}

BOOST_AUTO_TEST_CASE(servers_do_not_see_the_platforms_cookies) {
  auto said = door.decide(
    {.host = "meta.ws.example.com",
     .cookie = "a=1; " + cookie() + "; __Host-_my_host_example_com_x=y;b=2"},
    records{ours});
  BOOST_TEST(said.status == 200u);
  BOOST_TEST(header(said, "X-Berth-Cookie") == "a=1; b=2");
  BOOST_TEST(header(said, "X-Berth-Kind") == "workspace");
}

BOOST_AUTO_TEST_CASE(hosts_that_name_no_workspace_never_pass) {
  auto settings = make_settings();
  settings.ingress.workspace_url = "https://example.com/{{ .ID }}";
  settings.ingress.port_url = "https://{{ .Prefix }}.example.com";
  door = ingress{settings};
  BOOST_TEST(with_token("example.com") == "404");
  BOOST_TEST(with_token("meta.example.com") == "404");
}

BOOST_AUTO_TEST_CASE(reads_cookies) {
  BOOST_TEST(cookies_called(" a = 1 ;b=2;a=3;aa=4;a", "a")
               == (std::vector<std::string>{"1", "3"}),
             boost::test_tools::per_element());
  BOOST_TEST(cookies_called("", "a").empty());
  BOOST_TEST(without_cookies(";;x; _p_a=1;__Host-_p_=2 ; y=_p_", "_p_")
             == "x; y=_p_");
}

BOOST_AUTO_TEST_SUITE_END()
