#include "core/resources/cpu_distribution.hpp"
#include "core/resources/cpu_limit.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

constexpr auto period = 10s;

struct shared_node {
  /// What each of A and B has used and how often it was held back.
  std::vector<cpu_order> turn(cpu_reading a, cpu_reading b) {
    return cpus.turn({{"A", a, terms}, {"B", b, terms}}, period);
  }

  cpu_terms terms{2000, 6000, {}};
  cpu_distribution cpus{12000};
};

/// "A=2000" for its limit, "A+6000" for its burst.
std::string said(const std::vector<cpu_order>& orders) {
  auto text = std::string{};
  for (const auto& it : orders)
    text += (text.empty() ? "" : " ") + it.id + (it.is_burst ? "+" : "=")
            + (it.limit ? std::to_string(*it.limit) : "max");
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cpu_limits)

BOOST_AUTO_TEST_CASE(bandwidth_comes_of_quotas) {
  BOOST_TEST(bandwidth_of_quota(500ms, 100ms) == 5000u);
  BOOST_TEST(bandwidth_of_quota(1250ms, 250ms) == 5000u);
  BOOST_TEST(bandwidth_of_quota(1s, 0us) == 0u);
  BOOST_TEST(bandwidth_of_quota(-1us, 100ms) == 0u);
}

BOOST_AUTO_TEST_CASE(bandwidth_comes_of_usage) {
  BOOST_TEST(bandwidth_of_usage(21s, 10s) == 2100u);
  BOOST_TEST(bandwidth_of_usage(21s, 0s) == 0u);
  BOOST_TEST(bandwidth_of_usage(-1s, 10s) == 0u);
}

BOOST_AUTO_TEST_CASE(quotas_come_of_bandwidth) {
  BOOST_TEST((quota_of_bandwidth(6000, 100ms) == 600ms));
  BOOST_TEST((quota_of_bandwidth(6000, 250ms) == 1500ms));
  BOOST_TEST((quota_of_bandwidth(1, 1ms) == 1us));
  BOOST_TEST((quota_of_bandwidth(1, 100ms) == 100us));
}

BOOST_AUTO_TEST_CASE(cpu_time_comes_of_bandwidth) {
  BOOST_TEST((cpu_time_of_bandwidth(6000, 10s) == 60s));
  BOOST_TEST((cpu_time_of_bandwidth(1000, 1s) == 1s));
}

BOOST_AUTO_TEST_CASE(a_bucket_that_is_full_spills_into_the_next) {
  auto buckets
    = std::vector<cpu_bucket>{{50ns, 100}, {30ns, 50}, {20ns, 20}, {10ns, 5}};
  BOOST_TEST(limit_of_buckets(buckets, 40ns) == 100u);
  BOOST_TEST(limit_of_buckets(buckets, 50ns) == 100u);
  BOOST_TEST(limit_of_buckets(buckets, 70ns) == 50u);
  BOOST_TEST(limit_of_buckets(buckets, 90ns) == 20u);
  BOOST_TEST(limit_of_buckets(buckets, 105ns) == 5u);
  BOOST_TEST(limit_of_buckets(buckets, 200ns) == 5u);
  BOOST_TEST(limit_of_buckets({}, 40ns) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cpu_sharing, shared_node)

BOOST_AUTO_TEST_CASE(the_first_turn_has_nothing_to_compare_with) {
  BOOST_TEST(said(turn({0s, 0}, {0s, 0})) == "");
}

BOOST_AUTO_TEST_CASE(who_was_held_back_gets_his_burst) {
  turn({0s, 0}, {0s, 0});
  BOOST_TEST(said(turn({20s, 5}, {1s, 0})) == "B=2000 A+6000");
  BOOST_TEST(said(turn({40s, 9}, {2s, 0})) == "B=2000 A+6000");
  BOOST_TEST(said(turn({100s, 9}, {3s, 0})) == "B=2000 A=2000");
}

BOOST_AUTO_TEST_CASE(a_workspace_that_leaves_holds_up_nobody) {
  turn({0s, 0}, {0s, 0});
  turn({40s, 9}, {2s, 0});
  auto orders = cpus.turn({{"A", {41s, 12}, terms}}, period);
  BOOST_TEST(said(orders) == "A+6000");
  BOOST_TEST((cpus.used() == 43s));
}

BOOST_AUTO_TEST_CASE(bursts_end_where_the_node_does) {
  turn({0s, 0}, {0s, 0});
  // 8 cores are in use; the first burst counts as used in full.
  BOOST_TEST(said(turn({50s, 5}, {30s, 5})) == "B+6000 A=2000");
  // 12 cores are in use: nothing is to spare.
  BOOST_TEST(said(turn({110s, 9}, {90s, 9})) == "B=2000 A=2000");
}

BOOST_AUTO_TEST_CASE(who_comes_is_not_held_to_his_past) {
  cpus.turn({{"A", {0s, 0}, terms}}, period);
  BOOST_TEST(said(turn({1s, 0}, {500s, 70})) == "B=2000 A=2000");
  BOOST_TEST((cpus.used() == 1s));
}

BOOST_AUTO_TEST_CASE(another_container_of_that_name_begins_anew) {
  turn({0s, 0}, {0s, 0});
  turn({50s, 5}, {1s, 0});
  turn({2s, 0}, {1s, 0});
  BOOST_TEST((cpus.used() == 51s));
  BOOST_TEST(said(turn({3s, 1}, {9s, 0})) == "A+6000 B=2000");
}

BOOST_AUTO_TEST_CASE(without_a_burst_all_cores_are_one) {
  terms.burst = 0;
  turn({0s, 0}, {0s, 0});
  BOOST_TEST(said(turn({20s, 5}, {1s, 5})) == "B+max A=2000");
}

BOOST_AUTO_TEST_CASE(buckets_stand_in_for_the_limit) {
  terms.buckets = {{30s, 4000}, {60s, 1000}};
  turn({0s, 0}, {0s, 0});
  BOOST_TEST(said(turn({20s, 0}, {1s, 0})) == "B=4000 A=4000");
  BOOST_TEST(said(turn({31s, 0}, {2s, 0})) == "B=4000 A=1000");
  BOOST_TEST(said(turn({31s, 3}, {95s, 0})) == "A+6000 B=1000");
}

BOOST_AUTO_TEST_SUITE_END()
