#include "core/resources/connection_rules.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

workspace_spec annotated(const std::string& value) {
  auto spec = workspace_spec{};
  spec.annotations["gitpod.io/netConnLimitPerMinute"] = value;
  return spec;
}

constexpr auto of_class = connection_limit{600, 50, true};

} // namespace

BOOST_AUTO_TEST_SUITE(connection_rules)

BOOST_AUTO_TEST_CASE(the_class_limits_and_an_annotation_says_how_much) {
  BOOST_TEST(!connection_limit_of({}, {}));
  BOOST_TEST((connection_limit_of({}, of_class) == of_class));
  BOOST_TEST((connection_limit_of(annotated("20"), of_class)
              == connection_limit{20, 50, true}));
  for (auto text : {"true", "", "0", "-1", "20x", "99999999999"}) {
    BOOST_TEST((connection_limit_of(annotated(text), of_class) == of_class),
               text);
    BOOST_TEST((connection_limit_of(annotated(text), {})
                == connection_limit{3000, 1000, false}),
               text);
  }
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_not_enforced_only_counts) {
  auto enforced = limit_connections("1a2b", "bth1a2b3", {600, 50, true});
  BOOST_TEST(enforced.find("limit rate over 600/minute burst 50 packets "
                           "counter name \"refused_bth1a2b3\" drop\n")
             != enforced.npos);
  auto watched = limit_connections("1a2b", "bth1a2b3", {600, 0, false});
  BOOST_TEST(watched.find("limit rate over 600/minute burst 1000 packets "
                          "counter name \"refused_bth1a2b3\"\n")
             != watched.npos);
}

BOOST_AUTO_TEST_CASE(what_an_instance_left_is_found_in_the_table) {
  auto listing = std::string{"table inet berth {\n chain limits_1a2b {\n }\n"
                             " chain connections_bth1a2b3 {\n }\n chain "
                             "connections_bth99993 {\n }\n}\n"};
  auto script = unlimit_all_connections("1a2b", listing);
  BOOST_TEST(script.find("delete chain inet berth connections_bth1a2b3\n")
             != script.npos);
  BOOST_TEST(script.find("delete chain inet berth limits_1a2b\n")
             != script.npos);
  BOOST_TEST(script.find("9999") == script.npos);
  BOOST_TEST(unlimit_all_connections("0000", listing) == "");
  BOOST_TEST(unlimit_all_connections("1a2b", "") == "");
}

BOOST_AUTO_TEST_CASE(counters_are_read_by_link) {
  auto listing
    = std::string{"table inet berth {\n counter refused_bth1a2b3 {\n packets 7 "
                  "bytes 420\n }\n"
                  " counter refused_bth99991 {\n packets 1 bytes 60\n }\n}\n"};
  auto found = connection_drops_in("1a2b", listing);
  BOOST_TEST(found.size() == 1u);
  BOOST_TEST((found["bth1a2b3"] == connection_drops{7, 420}));
  BOOST_TEST(connection_drops_in("1a2b", "counter").empty());
}

BOOST_AUTO_TEST_SUITE_END()
