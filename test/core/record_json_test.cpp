#include "core/record_json.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

using namespace berth;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

wall_time at(int64_t ns) {
  return wall_time{duration{ns}};
}

/// Every field differs from its default.
workspace_spec full_spec() {
  auto spec = workspace_spec{};
  spec.id = "i1";
  spec.owner = "o1";
  spec.meta_id = "m1";
  spec.service_prefix = "prefix";
  spec.team = "team";
  spec.project = "";
  spec.annotations = {{"a", "1"}, {"b", ""}};
  spec.type = workspace_type::prebuild;
  spec.image = "docker.io/library/x:y";
  spec.ide_web_ref = "ide";
  spec.ide_supervisor_ref = "supervisor";
  spec.ide_layers = {"l1", "l2"};
  spec.class_id = "large";
  spec.feature_flags = {1, 7};
  spec.workspace_location = "repo";
  spec.checkout_locations = {"repo", "other"};
  spec.initializer_is_empty = true;
  spec.snapshots = {"s1"};
  spec.prebuilds = {"p1", "p2"};
  spec.local_repositories = {"/srv/r"};
  spec.repositories = {{"https://git.test/r", "user", "initializer.git"}};
  spec.initializer = std::string{"\0\xff", 2};
  spec.env = {{"K", "v \"quoted\" \xc3\xa4"}};
  spec.sys_env = {{"S", ""}};
  spec.git_user_name = "name";
  spec.git_user_email = "n@example.com";
  spec.timeout = 0ns;
  spec.closed_timeout = 5min;
  spec.max_lifetime = 36h;
  spec.admit_everyone = true;
  spec.ports = {{8080, true, false}, {443, false, true}};
  spec.ssh_keys = {"ssh-ed25519 AAAA"};
  return spec;
}

workspace_conditions full_conditions() {
  return {"failed", "timeout", "task", "snapshot", true, true, true,  true,
          true,     true,      true,   true,       true, true, at(-1)};
}

workspace_record full_record() {
  auto record = workspace_record{};
  record.spec = full_spec();
  record.version = std::numeric_limits<uint64_t>::max();
  record.phase = phase::interrupted;
  record.conditions = full_conditions();
  record.message = "line\nbreak";
  record.url = "http://x";
  record.owner_token = "secret";
  record.slot = 9999;
  record.taken_over = "ghost";
  record.image_digest = "sha256:00";
  record.image_layers = {"top", "bottom"};
  record.kind = container_kind::compatible;
  record.container = {4711, 123456789012345};
  record.node_name = "node";
  record.node_ip = "10.0.0.1";
  record.ticks = {"boot", 1s, 2s, 3s};
  record.created_at = at(1);
  record.running_since = at(std::numeric_limits<int64_t>::max());
  record.stopping_since = at(3);
  record.stopped_at = at(4);
  record.last_activity = at(5);
  record.stop_grace = 30s;
  record.repo = git_status{"main", "abc", {"u"}, {"t1", "t2"}, {"p"}, 1, 2, 3};
  record.initializer_metrics = {{"git", 3s, 77}, {"composite", 4s, 0}};
  record.image_bytes = 12345678901;
  return record;
}

struct anything {
  template <class T>
  operator T() const {
    std::abort(); // only its type is asked
  }
};

template <size_t>
using for_each = anything;

template <class T, size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires {
    T{for_each<I>{}...};
  };
}

/// How many members the plain struct T has.
template <class T, size_t N = 64>
constexpr size_t members() {
  if constexpr (takes<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return members<T, N - 1>();
}

/// How many members of `full` are as they are by default.
size_t default_valued(const json& full, const json& plain) {
  auto same = size_t{0};
  for (auto& [name, value] : full.items())
    if (plain.contains(name) && plain[name] == value)
      ++same;
  return same;
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_json)

BOOST_AUTO_TEST_CASE(brings_back_every_field_but_the_initializer) {
  auto full = full_record();
  auto text = to_json(full);
  auto back = record_from_json(text);
  BOOST_REQUIRE(back);
  BOOST_TEST(back->spec.initializer.empty());
  BOOST_TEST(to_json(*back) == text);
  // The text alone would not show a field that both directions forget.
  BOOST_TEST(back->version == full.version);
  BOOST_TEST((back->phase == full.phase));
  BOOST_TEST((back->kind == full.kind));
  BOOST_TEST((back->spec.env == full.spec.env));
  BOOST_TEST((back->spec.ports == full.spec.ports));
  BOOST_TEST((back->spec.annotations == full.spec.annotations));
  BOOST_TEST((back->spec.project == full.spec.project));
  BOOST_TEST((back->spec.timeout == full.spec.timeout));
  BOOST_TEST((back->running_since == full.running_since));
  BOOST_TEST((back->conditions.first_user_activity == at(-1)));
  BOOST_TEST(back->container.start_time == full.container.start_time);
  BOOST_TEST(back->repo->total_unpushed_commits == 3);
  BOOST_TEST((back->initializer_metrics[0].took == 3s));
}

BOOST_AUTO_TEST_CASE(names_every_field_of_a_full_record) {
  auto full = json::parse(to_json(full_record()));
  auto plain = json::parse(to_json(workspace_record{}));
  BOOST_TEST(full.size() == members<workspace_record>());
  BOOST_TEST(full["spec"].size() == members<workspace_spec>() - 1);
  BOOST_TEST(full["conditions"].size() == members<workspace_conditions>());
  BOOST_TEST(full["repo"].size() == members<git_status>());
  BOOST_TEST(full["container"].size() == members<container_ref>());
  auto image = json::parse(to_json(stored_image{}));
  BOOST_TEST(full["ticks"].size() == members<workspace_ticks>());
  BOOST_TEST(image.size() == members<stored_image>());
  BOOST_TEST(image["config"].size() == members<image_config>());
  BOOST_TEST(default_valued(full, plain) == 0u);
  BOOST_TEST(default_valued(full["spec"], plain["spec"]) == 0u);
  BOOST_TEST(default_valued(full["conditions"], plain["conditions"]) == 0u);
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_not_set) {
  auto plain = json::parse(to_json(workspace_record{}));
  for (auto* name : {"running_since", "stopping_since", "stopped_at",
                     "last_activity", "stop_grace", "repo"})
    BOOST_TEST(!plain.contains(name), name);
  for (auto* name :
       {"team", "project", "timeout", "closed_timeout", "max_lifetime"})
    BOOST_TEST(!plain["spec"].contains(name), name);
  auto back = record_from_json(plain.dump());
  BOOST_REQUIRE(back);
  BOOST_TEST(!back->spec.timeout);
  BOOST_TEST(!back->repo);
}

BOOST_AUTO_TEST_CASE(keeps_the_initializer_out) {
  BOOST_TEST(to_json(full_record()).find("initializer\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(reads_what_an_older_or_newer_berthd_wrote) {
  auto back = record_from_json(
    R"({"spec":{"id":"i1","colour":"red"},"version":3,"future":[1,2]})");
  BOOST_REQUIRE(back);
  BOOST_TEST(back->spec.id == "i1");
  BOOST_TEST(back->version == 3u);
  BOOST_TEST((back->phase == phase::pending));
}

BOOST_AUTO_TEST_CASE(refuses_what_does_not_fit_and_names_it) {
  for (auto* text :
       {"", "{", "[]", "null", R"({"version":-1})", R"({"version":1.5})",
        R"({"slot":4294967296})", R"({"phase":"dancing"})",
        R"({"kind":"other"})", R"({"spec":{"type":9}})",
        R"({"spec":{"env":[1]}})", R"({"spec":{"env":{}}})",
        R"({"created_at":"now"})", R"({"conditions":{"deployed":1}})"}) {
    auto back = record_from_json(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!back);
      BOOST_TEST((back.error() == ec::data_loss));
    }
  }
  auto back = record_from_json(R"({"spec":{"env":[{"name":5}]}})");
  BOOST_REQUIRE(!back);
  auto why = describe(back.error());
  BOOST_TEST(why.find("spec env name") != std::string::npos, why);
}

BOOST_AUTO_TEST_CASE(writes_names_that_are_not_utf8) {
  auto record = workspace_record{};
  record.repo = git_status{};
  record.repo->untracked_files = {"caf\xe9"};
  auto back = record_from_json(to_json(record));
  BOOST_REQUIRE(back);
  BOOST_TEST(back->repo->untracked_files.front() == "caf\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(brings_back_an_image) {
  auto image = stored_image{"base",
                            "sha256:ab",
                            {"top", "bottom"},
                            {{"A=b"}, "gitpod", "/home", "compatible"},
                            5,
                            6};
  auto text = to_json(image);
  auto back = image_from_json(text);
  BOOST_REQUIRE(back);
  BOOST_TEST(to_json(*back) == text);
  BOOST_TEST(back->layers == image.layers, boost::test_tools::per_element());
  BOOST_TEST(back->config.working_dir == "/home");
  BOOST_TEST(back->config.container == "compatible");
  BOOST_TEST(back->created_ns == 6);
  BOOST_TEST(!image_from_json(R"({"layers":"x"})"));
}

BOOST_AUTO_TEST_CASE(a_session_survives_json) {
  auto session = session_record{};
  session.id = "i1";
  session.owner = "o1";
  session.meta_id = "m1";
  session.phase = session_phase::disposed;
  session.content_ready = true;
  session.checkout_location = "repo";
  session.remote_storage_disabled = true;
  session.storage_quota_bytes = uint64_t{1} << 50;
  session.backup = true;
  session.backup_logs = true;
  session.repo = git_status{};
  session.repo->branch = "main";
  session.created_at = at(7);
  auto back = session_from_json(to_json(session));
  BOOST_REQUIRE(back);
  BOOST_TEST(to_json(*back) == to_json(session));
  BOOST_TEST(back->repo->branch == "main");
  BOOST_TEST((back->phase == session_phase::disposed));
  BOOST_TEST(back->storage_quota_bytes == uint64_t{1} << 50);
  for (auto* text : {"", "[]", R"({"phase":"unknown"})", R"({"phase":1})",
                     R"({"storage_quota_bytes":-1})"})
    BOOST_TEST(!session_from_json(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
