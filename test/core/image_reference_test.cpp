#include "core/images/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace berth {

namespace {

const auto digest = "sha256:" + std::string(64, 'a');

std::string in_full(const std::string& text) {
  auto parsed = parse_image_reference(text);
  return parsed ? parsed->canonical() : "refused";
}

} // namespace

BOOST_AUTO_TEST_SUITE(image_references)

BOOST_AUTO_TEST_CASE(are_written_in_full) {
  const std::pair<std::string, std::string> table[] = {
    {"debian", "docker.io/library/debian:latest"},
    {"debian:12", "docker.io/library/debian:12"},
    {"gitpod/workspace-full", "docker.io/gitpod/workspace-full:latest"},
    {"docker.io/debian", "docker.io/library/debian:latest"},
    {"index.docker.io/library/debian:12", "docker.io/library/debian:12"},
    {"localhost/x", "localhost/x:latest"},
    {"127.0.0.1:5000/a/b:c_d.e-f", "127.0.0.1:5000/a/b:c_d.e-f"},
    {"registry.example.org/team/app@" + digest,
     "registry.example.org/team/app@" + digest},
    {"app:1@" + digest, "docker.io/library/app:1@" + digest},
    {"a--b/c__d/e.f", "docker.io/a--b/c__d/e.f:latest"},
  };
  for (const auto& [text, full] : table)
    BOOST_TEST(in_full(text) == full);
}

BOOST_AUTO_TEST_CASE(say_the_same_after_being_written_in_full) {
  for (auto* text : {"debian", "localhost:5000/x:y", "a.b/c/d"})
    BOOST_TEST(in_full(in_full(text)) == in_full(text));
}

BOOST_AUTO_TEST_CASE(tell_whether_their_registry_is_in_this_network) {
  for (auto* text : {"localhost/x", "localhost:1/x", "127.0.0.1/x",
                     "10.0.0.1:5000/x", "intranet:80/x"})
    BOOST_TEST(parse_image_reference(text)->is_internal());
  for (auto* text : {"debian", "registry.example.org:5000/x", "1.2.3.4a/x"})
    BOOST_TEST(!parse_image_reference(text)->is_internal());
}

BOOST_AUTO_TEST_CASE(are_refused_outside_the_grammar) {
  const std::string table[] = {"",
                               "--help",
                               "-x",
                               "a\nb",
                               "a b",
                               "Debian",
                               "UPPER/case",
                               "http://host/x",
                               "https://host/x",
                               "docker://x",
                               "x@sha256:zz",
                               "evil/x@sha256:zz",
                               "x@" + digest + "0",
                               "x@sha512:" + std::string(128, 'a'),
                               "x@",
                               "x:",
                               ":tag",
                               "@" + digest,
                               "/x",
                               "x/",
                               "a//b",
                               "a/../b",
                               "..",
                               "x:-tag",
                               "x:" + std::string(129, 't'),
                               "host:port/x",
                               "host:123456/x",
                               "-host.org/x",
                               "x@" + digest + "@" + digest,
                               std::string(5000, 'a'),
                               std::string(256, 'a'),
                               "a_-b",
                               "a...b",
                               "x\t",
                               "x\xc3\xa9",
                               std::string("x\0y", 3)};
  for (const auto& text : table)
    BOOST_TEST(in_full(text) == "refused");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth
