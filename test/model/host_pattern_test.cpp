#include "model/host_pattern.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

result<host_pattern> pattern(std::string_view text,
                             std::string_view host = "https://example.com") {
  return host_pattern::of(*url_template::parse(text, url_kind::port), host);
}

/// "port/prefix/id" as read from `name`, or "none".
std::string read(std::string_view text, std::string_view name) {
  auto found = pattern(text)->match(name);
  return found
           ? std::to_string(found->port) + "/" + found->prefix + "/" + found->id
           : "none";
}

constexpr auto of_workspace = "http://{{ .Prefix }}.ws.localhost:7402";
constexpr auto of_port
  = "https://{{ .WorkspacePort }}-{{ .Prefix }}.ws.localhost/x/{{ .ID }}";

} // namespace

BOOST_AUTO_TEST_SUITE(host_pattern_test)

BOOST_AUTO_TEST_CASE(reads_what_the_template_wrote) {
  BOOST_TEST(read(of_workspace, "meta-1.ws.localhost") == "0/meta-1/");
  BOOST_TEST(read(of_port, "8080-meta-1.ws.localhost") == "8080/meta-1/");
  BOOST_TEST(read("http://{{ .ID }}.x", "w1.x") == "0//w1");
  BOOST_TEST(read("{{ .ID }}", "w1") == "0//w1");
  BOOST_TEST(read("http://{{ .Prefix }}.{{ .Host }}/", "a.example.com")
             == "none"); // the host is a URL: it cannot stand there
  BOOST_TEST(pattern("http://{{ .Prefix }}.{{ .Host }}/", "example.com")
               ->match("a.example.com")
               ->prefix
             == "a");
}

BOOST_AUTO_TEST_CASE(cares_for_no_case) {
  BOOST_TEST(read(of_workspace, "Meta-1.WS.localhost") == "0/meta-1/");
  BOOST_TEST(read("http://{{ .ID }}.Example.com", "w1.example.com") == "0//w1");
}

BOOST_AUTO_TEST_CASE(matches_the_whole_name_or_not_at_all) {
  for (auto name : {"", "ws.localhost", ".ws.localhost", "a.b.ws.localhost",
                    "a.ws.localhost.evil.com", "a.ws.localhostx",
                    "evil.com/a.ws.localhost", "a.ws.localhost:7402",
                    "-a.ws.localhost", "a_%00.ws.localhost", "a.wsxlocalhost"})
    BOOST_TEST(read(of_workspace, name) == "none", name);
  for (auto name :
       {"0-a.ws.localhost", "65536-a.ws.localhost", "080-a.ws.localhost",
        "-a.ws.localhost", "+80-a.ws.localhost", "80.ws.localhost",
        "99999999999999999999-a.ws.localhost", "80-.ws.localhost"})
    BOOST_TEST(read(of_port, name) == "none", name);
  BOOST_TEST(read(of_port, "65535-a.ws.localhost") == "65535/a/");
}

BOOST_AUTO_TEST_CASE(refuses_hosts_that_do_not_tell_whose_they_are) {
  for (auto text :
       {"http://localhost/{{ .ID }}", "http://localhost:{{ .WorkspacePort }}/",
        "http://{{ .WorkspacePort }}.localhost", "http://{{ .ID }}-x.localhost",
        "http://{{ .ID }}{{ .Prefix }}.x",
        "http://{{ .WorkspacePort }}{{ .ID }}.x",
        "http://{{ .WorkspacePort }}1.{{ .ID }}.x"})
    BOOST_TEST(!pattern(text), text);
  BOOST_TEST(pattern(of_port)->names_port());
  BOOST_TEST(!pattern(of_workspace)->names_port());
}

BOOST_AUTO_TEST_CASE(finds_the_host_of_a_url) {
  BOOST_TEST(host_of("https://Example.com:8443/a?b") == "example.com");
  BOOST_TEST(host_of("example.com:80") == "example.com");
  BOOST_TEST(host_of("null") == "null");
  BOOST_TEST(host_of("") == "");
  BOOST_TEST(host_of("example.com/to?http://other.com") == "example.com");
  BOOST_TEST(host_of("example.com:80/to://other.com") == "example.com");
}

BOOST_AUTO_TEST_CASE(tells_names_that_share_hosts) {
  BOOST_TEST(share_hosts("meta-web", "Meta-WEB"));
  BOOST_TEST(share_hosts("meta-web", "8080-meta-web"));
  BOOST_TEST(share_hosts("8080-META-web", "meta-web"));
  for (auto* other :
       {"", "web", "eta-web", "-meta-web", "a-meta-web", "80-80-meta-web",
        "8080meta-web", "meta-web-8080", "080-meta-web", "99999-meta-web"})
    BOOST_TEST(!share_hosts("meta-web", other), other);
}

BOOST_AUTO_TEST_SUITE_END()
