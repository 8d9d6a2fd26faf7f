#include "test/services/services_fixture.hpp"

namespace berth::test {

using namespace std::chrono_literals;

namespace {

struct one_service : services_fixture {
  one_service() { BOOST_REQUIRE(serve("w1")); }

  /// As after kill -9 of the node.
  void restart() { open_all(); }

  static id_map stock() { return {{0, 33333, 1}, {1, 100000, 65534}}; }
};

constexpr auto once_only = "exhausted: can be used only once";
constexpr auto too_many = "exhausted: too many requests";

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_workspace_service, one_service)

BOOST_AUTO_TEST_CASE(knows_its_kind_of_container_across_a_restart) {
  BOOST_TEST(map(stock()) == "ok");
  BOOST_TEST(is->count("map own uid") == 1u);
  BOOST_REQUIRE(end("w1"));
  kind = container_kind::compatible;
  BOOST_REQUIRE(serve("w1"));
  restart();
  BOOST_TEST(map(stock()) == "ok");
  BOOST_TEST(is->count("map compatible uid") == 1u);
  // What the other kind might have is not this one's.
  BOOST_TEST(map({{0, 1'000'000, 65536}})
             == "invalid_argument: mapping is out of range");
}

BOOST_AUTO_TEST_CASE(prepares_once_however_many_ask_and_across_a_restart) {
  conf->grpc.rate_limits["/iws.InWorkspaceService/PrepareForUserNS"]
    = {.burst = 100, .refill = 1s, .block = false, .key = {}};
  is->hold["mark"] = true;
  auto all = std::vector<outcome_of<done>>{};
  for (auto i = 0; i < 50; ++i)
    all.push_back(begin<done>(prepare_for_userns{}));
  is->let_go("mark");
  settle();
  BOOST_TEST(said(all.front()) == "ok");
  for (auto i = 1u; i < all.size(); ++i)
    BOOST_TEST(said(all[i]) == once_only);
  BOOST_TEST(is->count("mark /run/ws/w1/shared") == 1u);
  restart();
  BOOST_TEST(prepare() == once_only);
  BOOST_TEST(is->count("mark /run/ws/w1/shared") == 1u);
}

BOOST_AUTO_TEST_CASE(lets_a_failed_preparation_be_tried_again) {
  is->fail["mark"] = "mount /secret/path: Invalid argument";
  BOOST_TEST(prepare() == "internal: cannot mount shiftfs mark");
  is->fail.clear();
  is->fail["divide"] = "cgroup /secret: too many";
  BOOST_TEST(prepare()
             == "failed_precondition: cannot create workspace cgroup");
  BOOST_TEST(is->log.back() == "unmark busy");
  is->fail.clear();
  BOOST_TEST(prepare() == "ok");
}

BOOST_AUTO_TEST_CASE(does_not_forget_what_it_could_not_store) {
  is->fail["store"] = "disk full";
  BOOST_TEST(prepare() == "internal: cannot remember the preparation");
}

BOOST_AUTO_TEST_CASE(counts_mappings_across_a_restart) {
  for (auto i = 0; i < 4; ++i)
    BOOST_TEST(map(stock()) == "ok");
  BOOST_TEST(map(stock()) == too_many);
  restart();
  BOOST_TEST(map(stock()) == too_many);
  advance(2500ms);
  BOOST_TEST(map(stock()) == "ok");
  BOOST_TEST(map(stock()) == too_many);
}

BOOST_AUTO_TEST_CASE(refuses_maps_beyond_its_range_before_it_looks_at_anybody) {
  conf->runtime.uid_start = 1'000'000;
  conf->grpc.rate_limits["/iws.InWorkspaceService/WriteIDMapping"]
    = {.burst = 100, .refill = 1s, .block = false, .key = {}};
  restart();
  const id_map wrong[] = {
    {},
    {{0, 0, 1}},
    {{0, 33333, 2}},
    {{1, 99999, 1}},
    {{1, 100000, 70001}},
    {{1, 165000, 10000}},
    {{1, 4294967295, 2}},
    {{0, 999'999, 1}},
    {{0, 1'065'536, 1}},
    {{0, 1'065'535, 2}},
    {{0, 1'000'000, 65537}},
    {{1, 3'000'000'000, 65534}},
    {{4294967295, 1'000'000, 1}},
    {{0, 1'000'000, 0}},
    {{0, 1'000'000, 1}, {0, 1'000'001, 1}},
    {{0, 1'000'000, 2}, {5, 1'000'001, 2}},
    id_map(341, {1, 1'000'000, 1}),
  };
  for (const auto& each : wrong)
    BOOST_TEST(map(each) == "invalid_argument: mapping is out of range");
  BOOST_TEST(is->count("pin 7") == 0u);
  BOOST_TEST(map({{0, 1'000'000, 65536}}) == "ok");
}

BOOST_AUTO_TEST_CASE(tells_nothing_of_processes_that_are_not_its_own) {
  is->fail["pin"] = "pid 4711 of this machine is /sbin/init";
  is->fail_code["pin"] = ec::invalid_argument;
  BOOST_TEST(map(stock()) == "invalid_argument: cannot find PID");
  BOOST_TEST(mount() == "invalid_argument: cannot find PID");
  BOOST_TEST(join(7) == "invalid_argument: cannot find PID");
  is->fail_code["pin"] = ec::unavailable;
  BOOST_TEST(map(stock()) == "internal: cannot establish mapping");
  BOOST_TEST(mount() == "internal: cannot mount proc");
}

BOOST_AUTO_TEST_CASE(tells_what_its_caller_can_change_but_no_details) {
  is->fail["map"] = "write /proc/4711/uid_map: Operation not permitted";
  is->fail_code["map"] = ec::failed_precondition;
  BOOST_TEST(map(stock()) == "failed_precondition: cannot write mapping");
  is->fail["mount"] = "no /secret";
  is->fail_code["mount"] = ec::not_found;
  BOOST_TEST(mount() == "not_found: cannot mount proc");
  is->fail_code["mount"] = ec::unavailable;
  BOOST_TEST(mount() == "internal: cannot mount proc");
}

BOOST_AUTO_TEST_CASE(hands_the_cgroup_over_once_and_only_when_it_did) {
  is->fail["delegate"] = "no workspace";
  is->fail_code["delegate"] = ec::failed_precondition;
  BOOST_TEST(evacuate() == "failed_precondition: cannot find workspace cgroup");
  is->fail.clear();
  BOOST_TEST(evacuate() == "ok");
  BOOST_TEST(evacuate() == once_only);
  restart();
  BOOST_TEST(evacuate() == once_only);
}

BOOST_AUTO_TEST_CASE(is_torn_down_once_it_could_be) {
  mark_is_busy = true;
  BOOST_TEST(tear() == "still there");
  mark_is_busy = false;
  BOOST_TEST(tear() == "torn down");
  BOOST_TEST(tear() == once_only);
}

BOOST_AUTO_TEST_CASE(wipes_only_when_told_to) {
  mark_is_busy = true;
  auto not_told = begin<torn_down>(tear_down_wiping{false, {}});
  BOOST_TEST((*not_told)->value().success);
  BOOST_TEST(is->count("unmark busy") == 0u);
  auto told = begin<torn_down>(tear_down_wiping{true, {}});
  BOOST_TEST((*told)->value().success);
  BOOST_TEST(is->count("unmark busy") == 1u);
}

BOOST_AUTO_TEST_CASE(does_one_thing_after_the_other) {
  is->hold["mount"] = true;
  auto first = begin_mount("/a");
  auto second = begin_mount("/b");
  BOOST_TEST(is->count("mount /a") == 1u);
  BOOST_TEST(is->count("mount /b") == 0u);
  BOOST_TEST(said(second) == "nothing yet");
  is->let_go("mount");
  settle();
  BOOST_TEST(said(first) == "ok");
  BOOST_TEST(said(second) == "ok");
}

BOOST_AUTO_TEST_CASE(forgets_calls_whose_callers_went_away) {
  is->hold["mount"] = true;
  begin_mount("/a");
  auto gone = answer<done>{[](const result<done>&) {}};
  caf::anon_send(doors->open_for.at("w1"),
                 mount_nested{nested_fs::proc, 7, "/b", "", "", gone});
  settle();
  gone.refuse(ec::cancelled, "the caller went away");
  is->let_go("mount");
  settle();
  BOOST_TEST(is->count("mount /b") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(mounts_of_a_workspace, one_service)

BOOST_AUTO_TEST_CASE(take_turns_when_there_are_many) {
  left = {{77, 0, 0}}; // none of them stays
  for (auto i = 0; i < 64; ++i)
    BOOST_REQUIRE(mount() == "ok");
  auto next = begin_mount("/next");
  auto after = begin_mount("/after");
  BOOST_TEST(said(next) == "nothing yet");
  advance(50ms);
  BOOST_TEST(said(next) == "ok");
  BOOST_TEST(said(after) == "nothing yet");
  advance(50ms);
  BOOST_TEST(said(after) == "ok");
}

BOOST_AUTO_TEST_CASE(are_no_more_than_may_be_there_at_once) {
  conf->grpc.rate_limits["/iws.InWorkspaceService/MountProc"]
    = {.burst = 1000, .refill = 1ms, .block = true, .key = {}};
  for (auto i = 0; i < 64; ++i)
    BOOST_REQUIRE(mount() == "ok");
  left = {{77, 64, 0}};
  BOOST_TEST(mount() == "exhausted: cannot mount proc");
  restart();
  BOOST_TEST(mount() == "exhausted: cannot mount proc");
  left = {{77, 63, 0}};
  BOOST_TEST(mount() == "ok");
  left = {{77, 64, 0}};
  BOOST_TEST(mount() == "exhausted: cannot mount proc");
}

BOOST_AUTO_TEST_CASE(that_do_not_come_back_are_few) {
  is->fail["mount"] = is->fail["umount"] = "the helper is stuck";
  is->fail_code["mount"] = is->fail_code["umount"] = ec::timeout;
  auto unmount = [this] {
    auto what = unmount_nested{nested_fs::proc, 7, "/p", {}};
    return said(begin<done>(what));
  };
  for (auto i = 0; i < 2; ++i) {
    BOOST_TEST(mount() == "timeout: cannot mount proc");
    BOOST_TEST(unmount() == "timeout: cannot umount proc");
  }
  is->fail.clear();
  is->log.clear();
  BOOST_TEST(mount() == "exhausted: cannot mount proc");
  BOOST_TEST(unmount() == "exhausted: cannot umount proc");
  BOOST_TEST(is->log.empty());
  BOOST_TEST(map(stock()) == "ok"); // which goes into no file system
}

BOOST_AUTO_TEST_CASE(over_nfs_are_rarer) {
  auto nfs = [this] {
    auto what = mount_nested{nested_fs::nfs, 7, "/n", "host:/x", "", {}};
    return said(begin<done>(what));
  };
  for (auto i = 0; i < 4; ++i)
    BOOST_TEST(nfs() == "ok");
  BOOST_TEST(nfs() == too_many);
  advance(5s);
  left = {{77, 0, 4}};
  BOOST_TEST(nfs() == "exhausted: cannot mount nfs");
  BOOST_TEST(mount() == "ok"); // of another kind
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
