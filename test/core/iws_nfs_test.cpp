#include "core/iws/nfs_request.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace berth;

namespace {

const nfs_policy allowed{{"files.example.com", "10.1.2.3", "[fd00::1]"}};

ec verdict_on(std::string_view source, std::string_view args) {
  auto plan = parse_nfs(source, args, allowed);
  return plan ? ec::none : code_of(plan.error());
}

std::string value_of(const nfs_plan& plan, const std::string& key) {
  for (const auto& [name, value] : plan.options)
    if (name == key)
      return value.empty() ? "set" : value;
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(iws_nfs)

BOOST_AUTO_TEST_CASE(reads_a_source_and_options) {
  auto plan = parse_nfs("files.example.com:/export/a,b",
                        "nfsvers=4.1,rsize=65536,ro,nconnect=2", allowed);
  BOOST_REQUIRE(plan);
  BOOST_TEST(plan->host == "files.example.com");
  BOOST_TEST(plan->path == "/export/a,b");
  BOOST_TEST(plan->read_only);
  BOOST_TEST(value_of(*plan, "vers") == "4.1");
  BOOST_TEST(value_of(*plan, "rsize") == "65536");
  BOOST_TEST(value_of(*plan, "nconnect") == "2");
}

BOOST_AUTO_TEST_CASE(a_dead_server_never_hangs_the_node) {
  auto plan = parse_nfs("10.1.2.3:/", "", allowed);
  BOOST_REQUIRE(plan);
  BOOST_TEST(value_of(*plan, "soft") == "set");
  BOOST_TEST(value_of(*plan, "timeo") == "100");
  BOOST_TEST(value_of(*plan, "retrans") == "2");
  BOOST_TEST(value_of(*plan, "proto") == "tcp");
  BOOST_TEST(value_of(*plan, "sec") == "sys");
  BOOST_TEST(!plan->read_only);
  BOOST_TEST(verdict_on("10.1.2.3:/", "timeo=50,retrans=1,soft,rw")
             == ec::none);
}

BOOST_AUTO_TEST_CASE(options_that_do_more_than_nfs_are_refused) {
  for (auto args : {"bind",
                    "rbind",
                    "move",
                    "remount",
                    "loop",
                    "X-mount.mkdir",
                    "x-systemd.automount",
                    "helper=/bin/sh",
                    "suid",
                    "dev",
                    "suid,dev",
                    "exec",
                    "context=a",
                    "addr=127.0.0.1",
                    "port=111",
                    "mountaddr=1.2.3.4",
                    "hard",
                    "vers=3",
                    "vers=4.9",
                    "proto=udp",
                    "sec=krb5",
                    "rsize=0",
                    "rsize=1",
                    "rsize=1048577",
                    "rsize=4294968320",
                    "rsize=+5000",
                    "rsize=0x1000",
                    "rsize=",
                    "rsize",
                    "timeo=101",
                    "retrans=3",
                    "nconnect=5",
                    "nconnect=-1",
                    "ro=1",
                    "soft=1",
                    "ro,,rw",
                    ",",
                    " ro",
                    "RO",
                    "clientaddr=1.1.1.1",
                    "source=/",
                    "fsc",
                    "ro\n"})
    BOOST_TEST(verdict_on("10.1.2.3:/", args) == ec::invalid_argument, args);
  using namespace std::string_view_literals;
  BOOST_TEST(verdict_on("10.1.2.3:/", "ro,b\0c"sv) == ec::invalid_argument);
  auto long_one = std::string(64 * 1024, 'a');
  BOOST_TEST(verdict_on("10.1.2.3:/", long_one) == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(sources_that_are_none_are_refused) {
  for (auto source : {"", "/", "-B", "--bind", "--bind:/", ":/", "host",
                      "10.1.2.3", "10.1.2.3:", "10.1.2.3:export",
                      "unix:", "/a:/b", "10.1.2.3:/a b", "10.1.2.3:/\x01"})
    BOOST_TEST(verdict_on(source, "") == ec::invalid_argument, source);
  auto long_one = "10.1.2.3:/" + std::string(5 * 1024, 'a');
  BOOST_TEST(verdict_on(long_one, "") == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(only_named_hosts_are_reached) {
  for (auto source :
       {"127.0.0.1:/", "169.254.169.254:/", "[::1]:/", "FILES.example.com:/",
        "files.example.com.evil:/", "10.1.2.3.evil:/", "10.1.2.4:/"})
    BOOST_TEST(verdict_on(source, "") == ec::permission_denied, source);
  BOOST_TEST(verdict_on("[fd00::1]:/data", "") == ec::none);
  auto nobody = parse_nfs("10.1.2.3:/", "", {});
  BOOST_REQUIRE(!nobody);
  BOOST_TEST(code_of(nobody.error()) == ec::permission_denied);
}

BOOST_AUTO_TEST_SUITE_END()
