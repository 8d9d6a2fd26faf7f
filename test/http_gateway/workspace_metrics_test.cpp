#include "http_gateway/workspace_metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <sstream>

using namespace berth;
using namespace std::chrono_literals;

namespace {

/// The value of each series, by its name with labels.
std::map<std::string, double> values_in(const std::string& text) {
  auto out = std::map<std::string, double>{};
  auto lines = std::istringstream{text};
  for (auto line = std::string{}; std::getline(lines, line);)
    if (!line.starts_with('#')) {
      auto blank = line.rfind(' ');
      out[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
    }
  return out;
}

struct life {
  explicit life(http::workspace_metrics& to, const std::string& id,
                workspace_type type = workspace_type::regular)
    : to(to) {
    record.spec.id = id;
    record.spec.type = type;
    record.spec.class_id = "small";
    record.ticks.created = record.ticks.phase = now;
    tell([](auto&) {});
  }

  /// After `passed` it is in the phase `next`, and `how` has happened.
  void enter(
    duration passed, phase next,
    const std::function<void(workspace_conditions&)>& how = [](auto&) {}) {
    now += passed;
    tell([&](workspace_record& it) {
      it.phase = next;
      it.ticks.phase = now;
      how(it.conditions);
    });
  }

  void run() {
    enter(1s, phase::creating);
    enter(3s, phase::initializing, [](auto& is) { is.content_ready = true; });
    enter(2s, phase::running, [](auto& is) { is.ever_ready = true; });
  }

  void tell(const std::function<void(workspace_record&)>& how) {
    how(record);
    ++record.version;
    to.offer(std::make_shared<const workspace_record>(record));
    // Again, as the bus may: nothing happened.
    to.offer(std::make_shared<const workspace_record>(record));
  }

  http::workspace_metrics& to;
  workspace_record record;
  boot_time now = 100s;
};

struct metrics_fixture {
  /// All that was counted, without the families' names.
  void is_counted(const std::map<std::string, double>& expected) {
    auto out = exposition{};
    counted.write(out);
    auto found = values_in(out.text());
    std::erase_if(found, [](const auto& series) {
      return series.first.find("_seconds_") != std::string::npos;
    });
    BOOST_TEST((found == expected), out.text());
  }

  http::workspace_metrics counted{"ws_"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_metrics_test, metrics_fixture)

BOOST_AUTO_TEST_CASE(a_life_and_its_regular_end) {
  auto ws = life{counted, "w1"};
  ws.run();
  ws.enter(10s, phase::stopping,
           [](auto& is) { is.stopped_by_request = true; });
  ws.tell([](auto& it) { it.conditions.final_backup_complete = true; });
  ws.enter(1s, phase::stopped);
  const auto kind = std::string{"{type=\"Regular\",class=\"small\"}"};
  is_counted({{"ws_workspace_starts_total" + kind, 1},
              {"ws_workspace_restores_total" + kind, 1},
              {"ws_workspace_backups_total" + kind, 1},
              {"ws_workspace_stops_total{reason=\"regular-stop\",type="
               "\"Regular\",class=\"small\"}",
               1}});
}

BOOST_AUTO_TEST_CASE(how_long_its_phases_took) {
  life{counted, "w1"}.run();
  auto out = exposition{};
  counted.write(out);
  auto values = values_in(out.text());
  for (const auto& [name, seconds] : std::map<std::string, double>{
         {"pending", 1}, {"creating", 3}, {"startup", 6}}) {
    auto family = "ws_workspace_" + name + "_seconds";
    auto kind = std::string{"type=\"Regular\",class=\"small\""};
    BOOST_TEST(values.at(family + "_sum{" + kind + "}") == seconds);
    BOOST_TEST(values.at(family + "_count{" + kind + "}") == 1);
    for (const auto* bound : {"2", "4", "8", "16", "32", "64", "128", "256",
                              "512", "1024", "+Inf"}) {
      auto bucket = family + "_bucket{" + kind + ",le=\"" + bound + "\"}";
      auto holds = bound[0] == '+' || std::stod(bound) >= seconds;
      BOOST_TEST(values.at(bucket) == (holds ? 1 : 0), bucket);
    }
  }
}

BOOST_AUTO_TEST_CASE(content_that_cannot_be_initialized) {
  auto ws = life{counted, "w1", workspace_type::prebuild};
  ws.enter(1s, phase::stopping, [](auto& is) {
    is.failed = "Content initialization failed: no such repository";
  });
  ws.enter(1s, phase::stopped);
  const auto kind = std::string{"{type=\"Prebuild\",class=\"small\"}"};
  is_counted({{"ws_workspace_starts_total" + kind, 1},
              {"ws_workspace_starts_failure_total" + kind, 1},
              {"ws_workspace_failure_total" + kind, 1},
              {"ws_workspace_restores_failure_total" + kind, 1},
              {"ws_workspace_stops_total{reason=\"start-failure\",type="
               "\"Prebuild\",class=\"small\"}",
               1}});
}

BOOST_AUTO_TEST_CASE(a_backup_that_failed_counts_in_both) {
  auto ws = life{counted, "w1"};
  ws.run();
  ws.enter(1s, phase::stopping);
  ws.tell([](auto& it) {
    it.conditions.backup_failed = true;
    it.conditions.failed = "Backup failed: no room";
  });
  ws.enter(1s, phase::stopped);
  const auto kind = std::string{"{type=\"Regular\",class=\"small\"}"};
  is_counted({{"ws_workspace_starts_total" + kind, 1},
              {"ws_workspace_restores_total" + kind, 1},
              {"ws_workspace_backups_total" + kind, 1},
              {"ws_workspace_backups_failure_total" + kind, 1},
              {"ws_workspace_failure_total" + kind, 1},
              {"ws_workspace_stops_total{reason=\"failed\",type=\"Regular\","
               "class=\"small\"}",
               1}});
}

BOOST_AUTO_TEST_CASE(each_reason_of_a_stop_has_its_name) {
  using edit = std::function<void(workspace_conditions&)>;
  const auto reasons = std::map<std::string, edit>{
    {"aborted", [](auto& is) { is.aborted = is.stopped_by_request = true; }},
    {"timeout", [](auto& is) { is.timeout = "too long"; }},
    {"tab-closed", [](auto& is) { is.closed = true; }},
    {"out-of-space",
     [](auto& is) { is.failed = "write: No space left on device"; }},
  };
  for (const auto& [reason, how] : reasons) {
    auto ws = life{counted, reason};
    ws.run();
    ws.enter(1s, phase::stopping, how);
    ws.enter(1s, phase::stopped);
  }
  auto out = exposition{};
  counted.write(out);
  auto values = values_in(out.text());
  for (const auto& [reason, how] : reasons)
    BOOST_TEST(values.at("ws_workspace_stops_total{reason=\"" + reason
                         + "\",type=\"Regular\",class=\"small\"}")
               == 1);
}

BOOST_AUTO_TEST_CASE(what_happened_before_a_restart_is_not_counted_again) {
  auto before = workspace_record{};
  before.spec.id = "w1";
  before.spec.class_id = "small";
  before.version = 1005;
  before.phase = phase::running;
  before.conditions.ever_ready = before.conditions.content_ready = true;
  counted.offer(std::make_shared<const workspace_record>(before));
  is_counted({});
  before.phase = phase::stopped;
  counted.offer(std::make_shared<const workspace_record>(before));
  is_counted({{"ws_workspace_stops_total{reason=\"regular-stop\",type="
               "\"Regular\",class=\"small\"}",
               1}});
}

BOOST_AUTO_TEST_CASE(the_state_of_a_node) {
  auto node = settings{};
  node.metrics_prefix = "ws_";
  node.node.name = "n1";
  node.classes["small"] = {.id = "small",
                           .display_name = {},
                           .description = {},
                           .cpu_min_millis = 250,
                           .memory_bytes = 1000};
  auto all = std::vector<record_ptr>{};
  auto add = [&](phase p, workspace_type type, bool used) {
    auto record = std::make_shared<workspace_record>();
    record->spec.type = type;
    record->spec.class_id = "small";
    record->phase = p;
    if (used) {
      record->last_activity = wall_time{};
      record->spec.timeout = 90min;
    }
    all.push_back(record);
  };
  add(phase::running, workspace_type::regular, true);
  add(phase::running, workspace_type::regular, false);
  add(phase::running, workspace_type::regular, false);
  add(phase::stopped, workspace_type::regular, true);
  add(phase::creating, workspace_type::imagebuild, false);
  auto out = exposition{};
  http::write_workspace_gauges(out, node, all);
  auto phase_of = [](const std::string& phase, const std::string& type) {
    return "ws_workspace_phase_total{phase=\"" + phase + "\",type=\"" + type
           + "\",class=\"small\"}";
  };
  auto share_of = [](const std::string& resource, const std::string& type) {
    return "ws_workspace_node_utilization{node=\"n1\",resource=\"" + resource
           + "\",type=\"" + type + "\"}";
  };
  const auto expected = std::map<std::string, double>{
    {phase_of("Running", "Regular"), 3},
    {phase_of("Stopped", "Regular"), 1},
    {phase_of("Creating", "ImageBuild"), 1},
    {share_of("cpu", "regular"), 0.75},
    {share_of("cpu", "headless"), 0.25},
    {share_of("memory", "regular"), 3000},
    {share_of("memory", "headless"), 1000},
    {"ws_workspace_activity_total{active=\"true\"}", 1},
    {"ws_workspace_activity_total{active=\"false\"}", 2},
    {"wsman_workspace_timeout_settings_total{timeout=\"1h30m0s\"}", 1},
  };
  BOOST_TEST((values_in(out.text()) == expected), out.text());
}

BOOST_AUTO_TEST_SUITE_END()
