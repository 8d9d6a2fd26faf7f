#include "core/metrics/exposition.hpp"
#include "core/metrics/family.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(labels_and_help_are_escaped) {
  auto out = exposition{};
  out.family("a_total", "counter", "Back\\slash, \"quote\",\nline.");
  out.sample({{"x", "back\\slash \"quote\"\nline"}, {"y", ""}}, 1.5);
  out.sample(1e18);
  BOOST_TEST(out.text()
             == "# HELP a_total Back\\\\slash, \"quote\",\\nline.\n"
                "# TYPE a_total counter\n"
                "a_total{x=\"back\\\\slash \\\"quote\\\"\\nline\",y=\"\"} "
                "1.5\n"
                "a_total 1e+18\n");
}

BOOST_AUTO_TEST_CASE(a_histogram_counts_what_is_at_most_each_bound) {
  auto took = histogram_family{{"took", "How long.", {"who"}}, {0.5, 1}};
  for (auto value : {0.25, 0.5, 0.75, 2.0})
    took.observe({"a"}, value);
  auto out = exposition{};
  took.write(out);
  BOOST_TEST(out.text()
             == "# HELP took How long.\n"
                "# TYPE took histogram\n"
                "took_bucket{who=\"a\",le=\"0.5\"} 2\n"
                "took_bucket{who=\"a\",le=\"1\"} 3\n"
                "took_bucket{who=\"a\",le=\"+Inf\"} 4\n"
                "took_sum{who=\"a\"} 3.5\n"
                "took_count{who=\"a\"} 4\n");
}

BOOST_AUTO_TEST_CASE(a_family_without_a_series_still_says_what_it_is) {
  auto out = exposition{};
  counter_family{{"a_total", "Things.", {"who"}}}.write(out);
  BOOST_TEST(out.text() == "# HELP a_total Things.\n# TYPE a_total counter\n");
}

BOOST_AUTO_TEST_SUITE_END()
