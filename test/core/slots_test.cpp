#include "core/instance_ids.hpp"
#include "core/slots.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

settings pool_of(uint32_t ranges, uint8_t subnet_bits = 16) {
  auto all = settings{};
  all.runtime.uid_size = ranges * 65536;
  all.runtime.subnet_bits = subnet_bits;
  return all;
}

std::vector<uint32_t> all_of(slot_pool pool) {
  auto out = std::vector<uint32_t>{};
  while (auto slot = pool.take())
    out.push_back(*slot);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(slots_test)

BOOST_AUTO_TEST_CASE(nobody_shares_a_range) {
  for (auto ranges : {0u, 1u, 2u, 8u, 9u, 17u, 100u}) {
    auto workspaces = all_of(workspace_slots(pool_of(ranges)));
    auto builds = all_of(build_slots(pool_of(ranges)));
    auto sessions = all_of(session_slots(pool_of(ranges)));
    // The last one is the unpacker's, all others are somebody's.
    BOOST_TEST(workspaces.size() + builds.size() + sessions.size()
               == (ranges ? ranges - 1 : 0));
    BOOST_TEST(builds.size() <= workspaces.size() / 3);
    BOOST_TEST(sessions.size() == (ranges ? ranges - 1 : 0) / 8);
    for (size_t i = 0; i < workspaces.size(); ++i)
      BOOST_TEST(workspaces[i] == i);
    auto connected = workspaces.size() + builds.size();
    for (size_t i = 0; i < builds.size(); ++i)
      BOOST_TEST(builds[i] == workspaces.size() + i);
    for (size_t i = 0; i < sessions.size(); ++i)
      BOOST_TEST(sessions[i] == connected + i);
  }
}

BOOST_AUTO_TEST_CASE(workspaces_and_builds_are_no_more_than_subnets) {
  BOOST_TEST(workspace_slots(pool_of(100, 28)).size() == 3u);
  BOOST_TEST(build_slots(pool_of(100, 28)).take().value() == 3u);
  BOOST_TEST(session_slots(pool_of(100, 28)).take().value() == 87u);
}

BOOST_AUTO_TEST_CASE(what_is_given_back_is_taken_again) {
  auto pool = slot_pool{5, 3};
  pool.claim(6);
  BOOST_TEST(pool.take().value() == 5u);
  BOOST_TEST(pool.take().value() == 7u);
  BOOST_TEST(!pool.take());
  pool.give_back(6);
  BOOST_TEST(pool.take().value() == 6u);
}

BOOST_AUTO_TEST_CASE(an_instance_id_has_one_owner) {
  using user = instance_ids::user;
  auto ids = instance_ids{};
  BOOST_TEST(ids.claim("a", user::workspace));
  BOOST_TEST(!ids.claim("a", user::session));
  BOOST_TEST(ids.claim("b", user::session));
  BOOST_TEST(ids.of(user::session) == std::vector<std::string>{"b"});
  ids.release("a");
  BOOST_TEST(ids.claim("a", user::session));
}

BOOST_AUTO_TEST_SUITE_END()
