#include "grpc_gateway/rate_limiter.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

constexpr auto method = "/m";

struct limited {
  explicit limited(rate_limit limit) : limiter({{method, limit}}) {}

  result<rate_limiter::clock::duration>
  take(rate_limiter::clock::duration at, const std::string& id = "a",
       rate_limiter::clock::duration patience = 1h) {
    auto request = sample_request();
    request.set_id(id);
    return limiter.take(method, request, begin + at, patience);
  }

  rate_limiter limiter;
  rate_limiter::clock::time_point begin = rate_limiter::clock::now() + 1s;
};

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter_test)

BOOST_AUTO_TEST_CASE(starts_full_and_refills_one_at_a_time) {
  auto limit = limited{{.burst = 2, .refill = 10s}};
  BOOST_CHECK(limit.take(0s));
  BOOST_CHECK(limit.take(0s));
  auto refused = limit.take(1s);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(code_of(refused.error()) == ec::exhausted);
  BOOST_TEST(describe(refused.error()) == "too many requests");
  BOOST_CHECK(limit.take(10s));
  BOOST_CHECK(!limit.take(10s));
}

BOOST_AUTO_TEST_CASE(other_methods_are_free) {
  auto limiter = rate_limiter{{{method, {}}}};
  BOOST_CHECK(limiter.take("/other", sample_request(), {}, 0s));
  BOOST_CHECK(!limiter.take(method, sample_request(), {}, 0s));
}

BOOST_AUTO_TEST_CASE(each_key_has_its_bucket_and_the_oldest_is_forgotten) {
  auto limit = limited{
    {.burst = 1, .refill = 1h, .block = false, .key = {"id"}, .key_cache = 2}};
  BOOST_CHECK(limit.take(0s, "a"));
  BOOST_CHECK(limit.take(0s, "b"));
  BOOST_CHECK(!limit.take(0s, "a"));
  BOOST_CHECK(limit.take(0s, "c"));
  BOOST_CHECK(!limit.take(0s, "a"));
  BOOST_CHECK(limit.take(0s, "b"));
}

BOOST_AUTO_TEST_CASE(those_who_wait_are_served_in_turn_unless_too_long) {
  auto limit = limited{{.burst = 1, .refill = 10s, .block = true}};
  BOOST_CHECK(*limit.take(0s) == 0s);
  auto first = *limit.take(0s);
  auto second = *limit.take(0s);
  BOOST_CHECK(first > 0s && first <= 10s);
  BOOST_CHECK(second - first == 10s);
  BOOST_CHECK(!limit.take(0s, "a", 5s));
}

BOOST_AUTO_TEST_CASE(keys_are_made_of_texts_enums_and_booleans) {
  auto request = sample_request();
  request.set_type(wsman::IMAGEBUILD);
  BOOST_TEST(*rate_key(request, {"metadata.owner", "type"}) == "|owner-1|4");
  auto mark = wsman::MarkActiveRequest{};
  mark.set_closed(true);
  BOOST_TEST(*rate_key(mark, {"id", "closed", "ignore_if_active"}) == "||t|f");
  for (const auto* path : {"none", "metadata", "metadata.none", "id.x",
                           "spec.ports", "metadata.started_at.seconds"}) {
    auto refused = rate_key(request, {path});
    BOOST_REQUIRE(!refused);
    BOOST_CHECK(code_of(refused.error()) == ec::internal);
  }
}

BOOST_AUTO_TEST_SUITE_END()
