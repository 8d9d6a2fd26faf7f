#include "model/url_template.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

const url_fields fields{"i-1", "meta-1", "example.com", 3000};

std::string rendered(std::string_view text, url_kind kind = url_kind::port) {
  auto made = url_template::parse(text, kind);
  return made ? made->render(fields) : describe(made.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(url_template_test)

BOOST_AUTO_TEST_CASE(fills_in_fields) {
  BOOST_TEST(rendered("https://{{ .Prefix }}.ws.{{ .Host }}/{{ .ID }}")
             == "https://meta-1.ws.example.com/i-1");
  BOOST_TEST(rendered("{{ .WorkspacePort }}-{{ .Prefix }}:{{ .IngressPort }}")
             == "3000-meta-1:3000");
}

BOOST_AUTO_TEST_CASE(cares_for_no_blanks_inside_braces) {
  BOOST_TEST(rendered("{{.ID}}") == "i-1");
  BOOST_TEST(rendered("{{\t.ID\n }}") == "i-1");
}

BOOST_AUTO_TEST_CASE(keeps_plain_text) {
  BOOST_TEST(rendered("") == "");
  BOOST_TEST(rendered("http://host/") == "http://host/");
  BOOST_TEST(rendered("{ a } }} b") == "{ a } }} b");
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_know) {
  for (auto text : {"{{ .Id }}", "{{ ID }}", "{{ }}", "{{}}", "{{ .ID", "{{",
                    "{{ .ID .Host }}", "{{ .ID | html }}", "{{- .ID }}",
                    "{{ if .ID }}x{{ end }}", "{{ {{ .ID }} }}"}) {
    auto made = url_template::parse(text, url_kind::port);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!made);
      BOOST_TEST((code_of(made.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_CASE(knows_no_port_of_a_workspace) {
  BOOST_TEST(!url_template::parse("{{ .WorkspacePort }}", url_kind::workspace));
  BOOST_TEST(!url_template::parse("{{ .IngressPort }}", url_kind::workspace));
  BOOST_TEST(rendered("{{ .Prefix }}", url_kind::workspace) == "meta-1");
}

BOOST_AUTO_TEST_SUITE_END()
