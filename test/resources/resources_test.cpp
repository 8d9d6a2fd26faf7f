#include "actors/resources/resources.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

constexpr auto look_period = 15s;

/// What was asked of the hands, as words, and what they answer.
struct played_hands {
  std::vector<std::string> heard;   ///< changes
  std::vector<std::string> scripts; ///< of nft
  std::map<std::string, finding> findings;
  std::vector<survey_subject> asked; ///< by the last survey
  std::string listing, counters;
  bool are_broken = false;
};

std::string in_words(const resource_change& it) {
  auto text = it.id + " " + it.cgroup;
  if (it.sets_cpu)
    text += " cpu=" + (it.cpu ? std::to_string(*it.cpu) : "max");
  if (it.io != io_step::leave)
    text += it.io == io_step::hold ? " io-held" : " io-free";
  for (const auto& order : it.priorities)
    text
      += " " + std::to_string(order.pid) + "^" + std::to_string(order.niceness);
  return text;
}

resource_hand_actor::behavior_type fake_hand(resource_hand_actor::pointer self,
                                             played_hands* hands) {
  return {
    [self, hands](const survey& what) -> caf::result<surveyed> {
      self->quit();
      if (hands->are_broken)
        return make_error(ec::internal, "no cgroups");
      hands->asked = what.subjects;
      auto all = surveyed{};
      for (const auto& subject : what.subjects)
        if (auto it = hands->findings.find(subject.id);
            it != hands->findings.end())
          all.findings.push_back(it->second);
      return all;
    },
    [self, hands](const change_resources& what) {
      self->quit();
      auto done = resources_changed{};
      for (const auto& it : what.changes) {
        hands->heard.push_back(in_words(it));
        done.outcomes.push_back({it.id, "io", {}});
      }
      return done;
    },
  };
}

process_actor::behavior_type fake_nft(process_actor::pointer,
                                      played_hands* hands) {
  return {
    [hands](const run_child& what) {
      auto end = child_exit{0, 0, false, {}, {}};
      if (what.what.argv[1] == "list")
        end.out
          = what.what.argv[2] == "table" ? hands->listing : hands->counters;
      else
        hands->scripts.push_back(what.what.input);
      return end;
    },
    [](const follow_child&) { return child_exit{}; },
    [](const kill_child&) {},
    [](const await_exit&) { return process_gone{}; },
    [](const open_session&) { return done{}; },
    [](const session_input&) {},
    [](const session_resize&) {},
    [](const session_resume&) {},
    [](const close_session&) {},
  };
}

struct controllers : test::deterministic_system {
  controllers() {
    config.node.state_dir = "/state";
    config.resources = {look_period, 12000};
    config.classes["plain"] = {.id = "plain"};
    auto& busy = config.classes["busy"] = {.id = "busy"};
    busy.cpu_min_millis = 2000;
    busy.cpu_burst_millis = 6000;
    busy.cpu_on_demand = true;
    auto& held = config.classes["held"] = {.id = "held"};
    held.io.read_bytes = 1000;
    held.connections = {600, 50, true};
    auto& quick = config.classes["quick"] = {.id = "quick"};
    quick.priorities = true;
    quick.pressure = true;
  }

  void begin() {
    auto deps = resources_deps{};
    deps.settings = std::make_shared<const settings>(config);
    deps.process = spawn(fake_nft, &hands);
    deps.nft = "/usr/sbin/nft";
    deps.hand = [this] { return sys.spawn(fake_hand, &hands); };
    deps.metrics = metrics;
    actor = spawn(resources, deps);
  }

  void tell(const std::string& id, const std::string& class_id,
            phase phase = phase::running) {
    auto record = workspace_record{};
    record.spec.id = id;
    record.spec.class_id = class_id;
    record.phase = phase;
    record.container = {100, 7};
    record.slot = 3;
    resources_listener(actor)->offer(
      std::make_shared<const workspace_record>(record));
    settle();
  }

  void find_cpu(const std::string& id, std::chrono::nanoseconds used,
                uint64_t throttled) {
    hands.findings[id].id = id;
    hands.findings[id].cpu = cpu_reading{used, throttled};
  }

  std::string measured() const {
    auto out = exposition{};
    metrics->write(out);
    return out.text();
  }

  std::string cgroup(const std::string& id) const {
    return layout{config}.cgroup(id);
  }

  settings config;
  played_hands hands;
  std::shared_ptr<resource_metrics> metrics
    = std::make_shared<resource_metrics>("n");
  resources_actor actor;
};

using words = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(resource_controllers, controllers)

BOOST_AUTO_TEST_CASE(leave_workspaces_without_such_limits_alone) {
  begin();
  tell("w1", "plain");
  advance(10 * look_period);
  BOOST_TEST(hands.heard.empty());
  BOOST_TEST(hands.asked.empty());
  BOOST_TEST(hands.scripts.empty());
}

BOOST_AUTO_TEST_CASE(share_cpus_in_turns) {
  begin();
  tell("w1", "busy");
  find_cpu("w1", 0s, 0);
  advance(look_period);
  BOOST_TEST(hands.heard.empty());
  find_cpu("w1", 30s, 5);
  advance(look_period);
  BOOST_TEST((hands.heard == words{"w1 " + cgroup("w1") + " cpu=6000"}));
  advance(look_period);
  BOOST_TEST(hands.heard.back() == "w1 " + cgroup("w1") + " cpu=2000");
  auto text = measured();
  BOOST_TEST(text.find("cpulimit_workspaces_added_total{qos=\"0\"} 1\n")
             != text.npos);
  BOOST_TEST(text.find("cpulimit_workspaces_burst_total{qos=\"0\"} 1\n")
             != text.npos);
  BOOST_TEST(text.find("cputime_seconds{qos=\"0\"} 30\n") != text.npos);
}

BOOST_AUTO_TEST_CASE(go_on_after_a_turn_that_failed) {
  begin();
  tell("w1", "busy");
  find_cpu("w1", 0s, 0);
  hands.are_broken = true;
  advance(2 * look_period);
  hands.are_broken = false;
  advance(look_period);
  find_cpu("w1", 30s, 5);
  advance(look_period);
  BOOST_TEST((hands.heard == words{"w1 " + cgroup("w1") + " cpu=6000"}));
}

BOOST_AUTO_TEST_CASE(rest_while_there_is_nobody) {
  begin();
  tell("w1", "busy");
  find_cpu("w1", 0s, 0);
  advance(look_period);
  tell("w1", "busy", phase::stopping);
  hands.asked.clear();
  advance(10 * look_period);
  BOOST_TEST(hands.asked.empty());
  tell("w2", "busy");
  advance(look_period);
  BOOST_TEST(hands.asked.size() == 1u);
}

BOOST_AUTO_TEST_CASE(hold_disks_and_free_them_before_the_end) {
  begin();
  tell("w1", "held");
  tell("w1", "held");
  BOOST_TEST((hands.heard == words{"w1 " + cgroup("w1") + " io-held"}));
  tell("w1", "held", phase::stopping);
  tell("w1", "held", phase::stopping);
  tell("w1", "held", phase::stopped);
  BOOST_TEST((hands.heard
              == words{"w1 " + cgroup("w1") + " io-held",
                       "w1 " + cgroup("w1") + " io-free"}));
}

BOOST_AUTO_TEST_CASE(free_disks_that_a_former_service_held) {
  begin();
  tell("w1", "held", phase::stopping);
  BOOST_TEST((hands.heard == words{"w1 " + cgroup("w1") + " io-free"}));
}

BOOST_AUTO_TEST_CASE(limit_connections_until_the_end) {
  begin();
  auto link = layout{config}.link(3);
  auto key = layout{config}.key();
  tell("w1", "held");
  BOOST_TEST(
    (hands.scripts == words{limit_connections(key, link, {600, 50, true})}));
  hands.counters = "counter refused_" + link + " { packets 7 bytes 420 }";
  advance(look_period);
  BOOST_TEST(measured().find("netlimit_connections_dropped_packets{node=\"n\","
                             "workspace=\"w1\"} 7\n")
             != std::string::npos);
  tell("w1", "held", phase::stopping);
  BOOST_TEST(hands.scripts.back() == unlimit_connections(key, link));
  BOOST_TEST(measured().find("workspace=\"w1\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(leave_its_limit_to_who_took_a_container_over) {
  begin();
  tell("ghost", "held");
  tell("w1", "held");
  auto scripts = hands.scripts.size();
  tell("ghost", "held", phase::stopped);
  BOOST_TEST(hands.scripts.size() == scripts);
  tell("w1", "held", phase::stopping);
  BOOST_TEST(hands.scripts.size() == scripts + 1);
}

BOOST_AUTO_TEST_CASE(remove_limits_that_a_former_service_left) {
  auto key = layout{config}.key();
  hands.listing = "chain limits_" + key + " { }";
  begin();
  tell("w1", "held");
  BOOST_TEST(hands.scripts.size() == 2u);
  BOOST_TEST(hands.scripts.front()
             == unlimit_all_connections(key, hands.listing));
}

BOOST_AUTO_TEST_CASE(prioritize_until_nothing_changes_any_more) {
  begin();
  tell("w1", "quick");
  auto& found = hands.findings["w1"] = {"w1", {}, {}, {}};
  found.processes = {{100, 1, 7, "/.berth/init"}};
  advance(look_period);
  found.processes.push_back({101, 100, 8, "/.supervisor/supervisor"});
  advance(look_period);
  BOOST_TEST((hands.heard
              == words{"w1 " + cgroup("w1") + " 100^-10",
                       "w1 " + cgroup("w1") + " 100^-10 101^-10"}));
  BOOST_TEST(hands.asked.front().processes);
  advance(5 * look_period);
  BOOST_TEST(!hands.asked.front().processes);
  BOOST_TEST(hands.heard.size() == 2u);
}

BOOST_AUTO_TEST_CASE(tell_how_long_a_workspace_waits) {
  begin();
  tell("w1", "quick");
  hands.findings["w1"] = {"w1", {}, {{"cpu", {2500ms, 1s}}}, {}};
  advance(look_period);
  BOOST_TEST(hands.asked.front().pressure);
  BOOST_TEST(measured().find("workspace_cpu_psi_total_seconds{node=\"n\","
                             "workspace=\"w1\",kind=\"some\"} 2.5\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
