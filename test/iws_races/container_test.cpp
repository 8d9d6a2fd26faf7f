#include "test/iws_races/race.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

using namespace berth;
using namespace berth::test;

/// What is prepared in a container while that changes, or ends.
namespace {

struct mark_race : race_node {
  prepare_mark prepare_of(const workspace_container& which,
                          const std::string& id) {
    return {which, where().shared(id).native()};
  }

  std::string marks() {
    return output_of("grep -c /.workspace/mark /proc/"
                     + std::to_string(w1.init.pid) + "/mountinfo");
  }

  /// Prepares and takes back, in no order.
  ec one_of_three(const workspace_container& which, const std::string& id,
                  unsigned round) {
    if (round % 3 == 0)
      return outcome_of(hands.mount(), prepare_of(which, id));
    return outcome_of<mark_removed>(hands.mount(),
                                    remove_mark{which, round % 3 == 1});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(races_in_a_container, mark_race)

BOOST_AUTO_TEST_CASE(it_is_prepared_and_torn_down_at_the_same_time) {
  BOOST_REQUIRE(code(hands.mount(), prepare_of(w1, "w1")) == ec::none);
  BOOST_REQUIRE(
    tell<mark_removed>(hands.mount(), remove_mark{w1, true})->success);
  remember_machine();
  auto outcomes
    = contend([&](unsigned round) { return one_of_three(w1, "w1", round); },
              one_has_to_pass);
  test::tell("marks", outcomes);
  BOOST_TEST(outcomes[ec::none] > 0u);
  BOOST_TEST(has_only(
    outcomes, {ec::none, ec::aborted, ec::failed_precondition, ec::internal}));
  BOOST_TEST(tell<mark_removed>(hands.mount(), remove_mark{w1, true})->success);
  BOOST_TEST(marks() == "0\n");
  check_machine();
}

BOOST_AUTO_TEST_CASE(it_is_joined_again_and_again) {
  auto network = [this] {
    return output_of("nsenter -n -t " + std::to_string(w1.init.pid)
                     + " sh -c 'ip -o link; ip -o -4 addr; ip route; nft list "
                       "ruleset'");
  };
  BOOST_REQUIRE(code(hands.network(), join_network{w1, target}) == ec::none);
  auto joined = network();
  auto inside = inner("ip -o link; ip -o -4 addr; ip route");
  remember_machine();
  auto times = 0;
  auto over = std::chrono::steady_clock::now() + race_length();
  for (; std::chrono::steady_clock::now() < over; ++times)
    BOOST_REQUIRE(outcome_of(hands.network(), join_network{w1, target})
                  == ec::none);
  BOOST_TEST_MESSAGE("joined " << times << " times");
  BOOST_TEST(network() == joined);
  BOOST_TEST(inner("ip -o link; ip -o -4 addr; ip route") == inside);
  check_machine();
}

BOOST_AUTO_TEST_CASE(it_ends_while_it_is_prepared) {
  auto over = std::chrono::steady_clock::now() + race_length();
  auto slot = uint32_t{1};
  remember_machine();
  do {
    auto id = "x" + std::to_string(slot);
    auto other = start_one(id, slot);
    auto outcomes = std::array<ec, 3>{};
    auto threads = std::vector<std::thread>{};
    for (auto i = 0u; i < outcomes.size(); ++i)
      threads.emplace_back(
        [&, i] { outcomes[i] = one_of_three(other, id, i); });
    need<done>(terminate{id, 0s});
    for (auto& each : threads)
      each.join();
    for (auto outcome : outcomes)
      BOOST_TEST((outcome == ec::none || outcome == ec::unavailable
                  || outcome == ec::internal || outcome == ec::aborted
                  || outcome == ec::failed_precondition),
                 to_string(outcome));
    BOOST_TEST(
      tell<mark_removed>(hands.mount(), remove_mark{other, true})->success);
    need<done>(release{id, slot});
    slot = slot % 8 + 1;
  } while (std::chrono::steady_clock::now() < over);
  check_machine();
}

BOOST_AUTO_TEST_CASE(its_devices_become_something_else) {
  auto root = shell{*this, "w1", {"/bin/sh"}};
  root("echo bytes >/root/canary; chmod 600 /root/canary");
  auto state = root("stat -c '%a %u %s %Y' /root/canary");
  remember_machine();
  auto outcomes = std::map<ec, unsigned>{};
  {
    auto change = [](unsigned round) {
      constexpr const char* names[]
        = {"/dev/fuse", "/dev/net/tun", "/dev/kmsg"};
      auto name = names[round % 3];
      ::umount2(name, MNT_DETACH);
      ::unlink(name);
      if (round % 7 == 0) {
        ::umount2("/dev/net/tun", MNT_DETACH);
        ::unlink("/dev/net/tun");
        ::rmdir("/dev/net");
        ::symlink("/root", "/dev/net");
        ::unlink("/dev/net");
      } else if (round % 2 != 0) {
        ::symlink("/root/canary", name);
      } else {
        ::mkfifo(name, 0600);
      }
      ::unlink(name);
    };
    auto other = attacker{pin(w1, 1), change};
    outcomes
      = contend([&](unsigned round) { return one_of_three(w1, "w1", round); });
  }
  test::tell("devices", outcomes);
  BOOST_TEST(has_only(outcomes, {ec::none, ec::aborted, ec::failed_precondition,
                                 ec::internal, ec::not_found}));
  BOOST_TEST(root("stat -c '%a %u %s %Y' /root/canary; cat /root/canary")
             == state + "\nbytes");
  (void)tell<mark_removed>(hands.mount(), remove_mark{w1, true});
  check_machine();
}

BOOST_AUTO_TEST_SUITE_END()
