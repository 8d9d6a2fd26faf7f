#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

constexpr auto lasting_key = "ssh-ed25519 AAAA anna";

exposed_port port(uint32_t number, bool is_public = false, bool https = false) {
  return {number, is_public, https};
}

std::vector<exposed_port> ports_up_to(size_t count) {
  auto all = std::vector<exposed_port>{};
  for (uint32_t i = 0; i < count; ++i)
    all.push_back(port(1000 + i));
  return all;
}

struct row {
  const char* what;
  phase in;
  std::vector<exposed_port> ports; ///< exposed before
  adjustment change;
  ec code;
  /// What must be so when it was not refused.
  bool (*is_done)(const workspace_spec&);
};

bool anything(const workspace_spec&) {
  return true;
}

const row rows[] = {
  {"a timeout switches the closed one off",
   phase::running,
   {},
   new_timeout{90min},
   ec::none,
   [](const workspace_spec& s) {
     return s.timeout == 90min && s.closed_timeout == 0s;
   }},
  {"a timeout of nothing",
   phase::running,
   {},
   new_timeout{0s},
   ec::none,
   [](const workspace_spec& s) { return s.timeout == 0s; }},
  {"a closed timeout leaves the other",
   phase::running,
   {},
   new_closed_timeout{5min},
   ec::none,
   [](const workspace_spec& s) {
     return !s.timeout && s.closed_timeout == 5min;
   }},
  {"a timeout while it is created",
   phase::creating,
   {},
   new_timeout{1h},
   ec::none,
   [](const workspace_spec& s) { return s.timeout == 1h; }},
  {"a timeout while it stops",
   phase::stopping,
   {},
   new_timeout{1h},
   ec::none,
   anything},
  {"a timeout when it has stopped",
   phase::stopped,
   {},
   new_timeout{1h},
   ec::failed_precondition,
   nullptr},
  {"a closed timeout when it has stopped",
   phase::stopped,
   {},
   new_closed_timeout{1h},
   ec::failed_precondition,
   nullptr},

  {"a first port",
   phase::running,
   {},
   new_exposure{port(3000, true, true)},
   ec::none,
   [](const workspace_spec& s) {
     return s.ports == std::vector{port(3000, true, true)};
   }},
  {"a port comes last",
   phase::running,
   {port(80), port(90)},
   new_exposure{port(70)},
   ec::none,
   [](const workspace_spec& s) {
     return s.ports == std::vector{port(80), port(90), port(70)};
   }},
  {"a port takes its own place",
   phase::running,
   {port(80), port(90)},
   new_exposure{port(80, true)},
   ec::none,
   [](const workspace_spec& s) {
     return s.ports == std::vector{port(90), port(80, true)};
   }},
  {"a port is closed",
   phase::running,
   {port(80), port(90)},
   new_exposure{port(80), false},
   ec::none,
   [](const workspace_spec& s) { return s.ports == std::vector{port(90)}; }},
  {"an unknown port is closed",
   phase::running,
   {port(80)},
   new_exposure{port(90), false},
   ec::none,
   [](const workspace_spec& s) { return s.ports == std::vector{port(80)}; }},
  {"a port too many", phase::running, ports_up_to(max_ports),
   new_exposure{port(80)}, ec::exhausted, nullptr},
  {"one of a full list", phase::running, ports_up_to(max_ports),
   new_exposure{port(1000, true)}, ec::none,
   [](const workspace_spec& s) { return s.ports.size() == max_ports; }},
  {"a port while it is created",
   phase::creating,
   {},
   new_exposure{port(80)},
   ec::none,
   [](const workspace_spec& s) { return s.ports.size() == 1; }},
  {"a port while it stops",
   phase::stopping,
   {},
   new_exposure{port(80)},
   ec::none,
   anything},
  {"a port when it has stopped",
   phase::stopped,
   {},
   new_exposure{port(80)},
   ec::failed_precondition,
   nullptr},

  {"everyone is let in",
   phase::running,
   {},
   new_admission{true},
   ec::none,
   [](const workspace_spec& s) { return s.admit_everyone; }},
  {"only the owner is let in",
   phase::running,
   {},
   new_admission{false},
   ec::none,
   [](const workspace_spec& s) { return !s.admit_everyone; }},
  {"admission while it is created",
   phase::creating,
   {},
   new_admission{true},
   ec::none,
   [](const workspace_spec& s) { return s.admit_everyone; }},
  {"admission while it stops",
   phase::stopping,
   {},
   new_admission{true},
   ec::failed_precondition,
   nullptr},
  {"admission when it has stopped",
   phase::stopped,
   {},
   new_admission{true},
   ec::failed_precondition,
   nullptr},

  {"keys replace keys",
   phase::running,
   {},
   new_ssh_keys{{"a", "b"}},
   ec::none,
   [](const workspace_spec& s) {
     return s.ssh_keys == std::vector<std::string>{"a", "b"};
   }},
  {"keys while it is created",
   phase::creating,
   {},
   new_ssh_keys{{"a"}},
   ec::none,
   [](const workspace_spec& s) { return s.ssh_keys.size() == 1; }},
  {"keys while it stops",
   phase::stopping,
   {},
   new_ssh_keys{{"a"}},
   ec::none,
   anything},
  {"keys when it has stopped",
   phase::stopped,
   {},
   new_ssh_keys{{"a"}},
   ec::failed_precondition,
   nullptr},
};

struct adjusted_node : test::open_node {
  /// A workspace `w1` that has come so far and no further.
  void reach(phase wanted, const std::vector<exposed_port>& ports = {}) {
    auto spec = spec_of("w1");
    spec.ports = ports;
    spec.ssh_keys = {lasting_key};
    is->hold["image"] = wanted == phase::creating;
    is->hold["archive"] = wanted == phase::stopping;
    BOOST_REQUIRE(start(spec));
    if (wanted == phase::stopping || wanted == phase::stopped)
      BOOST_REQUIRE(stop("w1"));
    BOOST_REQUIRE((phase_of("w1") == wanted));
  }
};

bool same_changeable(const workspace_spec& a, const workspace_spec& b) {
  return a.timeout == b.timeout && a.closed_timeout == b.closed_timeout
         && a.ports == b.ports && a.admit_everyone == b.admit_everyone
         && a.ssh_keys == b.ssh_keys;
}

} // namespace

BOOST_AUTO_TEST_SUITE(workspace_adjustments)

BOOST_AUTO_TEST_CASE(each_in_each_situation) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.what) {
      auto node = adjusted_node{};
      node.reach(row.in, row.ports);
      auto before = *node.describe("w1");
      auto said = node.adjust("w1", row.change);
      auto after = *node.describe("w1");
      BOOST_TEST(((said ? ec::none : code_of(said.error())) == row.code));
      if (row.code != ec::none) {
        BOOST_TEST((after == before));
        continue;
      }
      BOOST_TEST(row.is_done(after->spec));
      BOOST_TEST(after->version > before->version);
      BOOST_TEST((node.is->disk["w1"] == after));
      BOOST_TEST((node.watcher->heard.back() == after));

      // Twice is the same as once.
      BOOST_REQUIRE(node.adjust("w1", row.change));
      auto again = *node.describe("w1");
      BOOST_TEST(same_changeable(again->spec, after->spec));

      // Over a restart, too.
      node.open();
      BOOST_TEST(same_changeable((*node.describe("w1"))->spec, again->spec));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_nobody_is_not_found) {
  auto node = adjusted_node{};
  for (const auto& change :
       {adjustment{new_timeout{1h}}, adjustment{new_closed_timeout{1h}},
        adjustment{new_exposure{port(80)}}, adjustment{new_admission{true}},
        adjustment{new_ssh_keys{{"a"}}}}) {
    auto refused = node.adjust("nobody", change);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((code_of(refused.error()) == ec::not_found));
    BOOST_TEST(berth::describe(refused.error())
               == "workspace nobody does not exist");
  }
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_stored_is_refused_and_not_told,
                        adjusted_node) {
  reach(phase::running);
  auto told = watcher->heard.size();
  is->fail["store"] = "disk gone";
  for (const auto& refused : {adjust("w1", new_admission{true}),
                              adjust("w1", new_ssh_keys{{"a"}}), mark("w1")}) {
    BOOST_REQUIRE(!refused);
    BOOST_TEST((code_of(refused.error()) == ec::internal));
    BOOST_TEST(berth::describe(refused.error())
               == "the change was not stored: disk gone");
  }
  BOOST_TEST(watcher->heard.size() == told);
  BOOST_TEST(!is->disk["w1"]->spec.admit_everyone);
}

BOOST_FIXTURE_TEST_CASE(a_shorter_timeout_counts_from_now_on, adjusted_node) {
  reach(phase::running);
  BOOST_REQUIRE(mark("w1"));
  BOOST_REQUIRE(adjust("w1", new_timeout{10min}));
  advance(9min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_FIXTURE_TEST_CASE(a_closed_timeout_switches_its_rule_on_again,
                        adjusted_node) {
  reach(phase::running);
  BOOST_REQUIRE(adjust("w1", new_timeout{2h}));
  BOOST_REQUIRE(mark("w1", true));
  advance(10min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_REQUIRE(adjust("w1", new_closed_timeout{15min}));
  advance(5min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_FIXTURE_TEST_CASE(keys_are_put_where_it_runs_when_it_runs,
                        adjusted_node) {
  reach(phase::creating);
  BOOST_REQUIRE(adjust("w1", new_ssh_keys{{"early"}}));
  BOOST_TEST(is->count("put-ssh-keys w1 early") == 0u);
  is->let_go("image");
  settle();
  BOOST_TEST(is->count("put-ssh-keys w1 early") == 1u);
  BOOST_REQUIRE(adjust("w1", new_ssh_keys{{"a", "b"}}));
  BOOST_TEST(is->count("put-ssh-keys w1 a b") == 1u);
  open();
  BOOST_TEST(is->count("put-ssh-keys w1 a b") == 2u);
}

BOOST_FIXTURE_TEST_CASE(keys_are_put_one_after_another, adjusted_node) {
  reach(phase::running);
  is->hold["put-ssh-keys"] = true;
  adjust("w1", new_ssh_keys{{"a"}});
  adjust("w1", new_ssh_keys{{"b"}});
  adjust("w1", new_ssh_keys{{"c"}});
  BOOST_TEST(is->count("put-ssh-keys w1 a") == 1u);
  BOOST_TEST(is->count("put-ssh-keys w1 b") == 0u);
  is->let_go("put-ssh-keys");
  settle();
  BOOST_TEST(is->count("put-ssh-keys w1 b") == 0u);
  BOOST_TEST(is->count("put-ssh-keys w1 c") == 1u);
}

BOOST_FIXTURE_TEST_CASE(keys_that_do_not_arrive_are_no_success, adjusted_node) {
  reach(phase::running);
  is->fail["put-ssh-keys"] = "disk full";
  auto refused = adjust("w1", new_ssh_keys{{"a"}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::internal));
  is->fail.clear();
  BOOST_TEST(bool(adjust("w1", new_ssh_keys{{"a"}})));
}

BOOST_FIXTURE_TEST_CASE(a_mark_is_one_change, adjusted_node) {
  reach(phase::running);
  auto before = *describe("w1");
  BOOST_REQUIRE(mark("w1", true));
  auto after = *describe("w1");
  BOOST_TEST(after->version == before->version + 1);
  BOOST_TEST(after->conditions.closed);
  BOOST_TEST((after->last_activity == after->conditions.first_user_activity));

  advance(10s);
  BOOST_REQUIRE(mark("w1", false, true));
  BOOST_TEST((*describe("w1") == after));

  BOOST_REQUIRE(mark("w1"));
  auto reopened = *describe("w1");
  BOOST_TEST(!reopened->conditions.closed);
  BOOST_TEST((*reopened->last_activity == *after->last_activity + 10s));
  BOOST_TEST((reopened->conditions.first_user_activity
              == after->conditions.first_user_activity));
}

BOOST_FIXTURE_TEST_CASE(a_mark_counts_before_it_runs, adjusted_node) {
  reach(phase::creating);
  BOOST_REQUIRE(mark("w1", false, true));
  BOOST_TEST((*describe("w1"))->last_activity.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
