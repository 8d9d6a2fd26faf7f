#include "app/berthd/config.hpp"
#include "app/berthd/config_yaml.hpp"

#include <boost/test/unit_test.hpp>
#include <google/protobuf/util/message_differencer.h>

#include <unistd.h>

#include <array>
#include <set>

#include "berth/v1/config.pb.h"

using namespace berth;
using namespace std::chrono_literals;

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

settings defaults() {
  auto read = load_config({});
  if (!read)
    BOOST_FAIL(describe(read.error()));
  return *read;
}

// Paths of all fields that are not in a map, and names of those that are.
void collect(const Descriptor& of, const std::string& path, bool in_map,
             std::set<std::string>& paths, std::set<std::string>& names) {
  for (int i = 0; i < of.field_count(); ++i) {
    auto& field = *of.field(i);
    auto below = path_below(path, field.name());
    if (in_map)
      names.insert(field.name());
    else
      paths.insert(below);
    if (field.is_map())
      collect(*field.message_type()->map_value()->message_type(), below, true,
              paths, names);
    else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      collect(*field.message_type(), below, in_map, paths, names);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(defaults_test)

BOOST_AUTO_TEST_CASE(are_what_the_printed_file_loads_to) {
  v1::Config once;
  config_marks marks{"default"};
  BOOST_REQUIRE(read_yaml(default_config(), once, marks));
  auto twice = once;
  BOOST_REQUIRE(read_yaml(default_config(), twice, marks));
  BOOST_TEST(google::protobuf::util::MessageDifferencer::Equals(once, twice));
  auto read = parse_config(default_config(), "default");
  if (!read)
    BOOST_FAIL(describe(read.error()));
  BOOST_TEST((read->storage.path == defaults().storage.path));
}

BOOST_AUTO_TEST_CASE(name_every_field_there_is) {
  std::set<std::string> paths;
  std::set<std::string> names;
  collect(*v1::Config::descriptor(), "", false, paths, names);
  v1::Config config;
  config_marks marks{"default"};
  auto text = default_config();
  BOOST_REQUIRE(read_yaml(text, config, marks));
  for (auto& path : paths)
    BOOST_TEST(marks.has(path), path);
  for (auto& name : names)
    BOOST_TEST((text.find(" " + name + ": ") != text.npos
                || text.find(" " + name + ":\n") != text.npos),
               name);
}

BOOST_AUTO_TEST_CASE(are_those_of_the_manual) {
  auto s = defaults();
  std::array<char, 256> host{};
  BOOST_REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  BOOST_TEST(s.node.name == host.data());
  BOOST_TEST(s.node.state_dir.native() == "/var/lib/berth");
  BOOST_TEST(s.node.run_dir.native() == "/run/berth");
  BOOST_TEST(s.grpc.address == "127.0.0.1:7400");
  BOOST_TEST(s.grpc.unix_socket.native() == "/run/berth/berthd.sock");
  BOOST_TEST(!s.grpc.tls.enabled());
  BOOST_TEST(s.grpc.tls.require_client_cert);
  BOOST_TEST(s.grpc.rate_limits.empty());
  BOOST_TEST(s.http.address == "127.0.0.1:7401");
  BOOST_TEST(s.ingress.authorize_path == "/authorize");
  BOOST_TEST(s.ingress.workspace_url
             == "http://{{ .Prefix }}.ws.localhost:7402");
  BOOST_TEST(s.ingress.port_url
             == "http://{{ .WorkspacePort }}-{{ .Prefix }}.ws.localhost:7402");
  BOOST_TEST(s.storage.kind == "file");
  BOOST_TEST(s.storage.path.native() == "/var/lib/berth/objects");
  BOOST_TEST(s.storage.backup_generations == 3u);
  BOOST_TEST(s.images.registries.empty());
  BOOST_TEST(s.runtime.oci_runtime.native() == "/usr/bin/crun");
  BOOST_TEST(s.runtime.conmon.native() == "/usr/bin/conmon");
  BOOST_TEST(
    (s.runtime.helper_dir
     == std::filesystem::read_symlink("/proc/self/exe").parent_path()));
  BOOST_TEST(s.runtime.uid_start == 1'000'000u);
  BOOST_TEST(s.runtime.uid_size == 655'360'000u);
  BOOST_TEST(s.runtime.subnet == 0x0a140000u);
  BOOST_TEST(s.runtime.subnet_bits == 16);
  BOOST_TEST(s.runtime.max_workspaces == 0u);
  BOOST_TEST(!s.content.allow_file_urls);
  BOOST_TEST((s.content.snapshot_pause == 2s));
  BOOST_TEST((s.content.publish_limit == 24h));
  BOOST_TEST((s.content.backup_period == 0s));
  BOOST_TEST(s.content.min_free_bytes == uint64_t{1} << 30);
  BOOST_TEST(s.content.min_free_inodes == 10'000u);
  BOOST_TEST((s.content.quarantine_retention == 168h));
  BOOST_TEST((s.content.quota_period == 1min));
  BOOST_TEST(s.build_cache_bytes == uint64_t{20} << 30);
  BOOST_TEST(s.content.git_cache_bytes == uint64_t{10} << 30);
  BOOST_TEST((s.content.git_cache_age == 336h));
  BOOST_TEST(s.content.incremental);
  BOOST_TEST((s.content.denied_networks
              == std::vector<std::string>{"169.254.0.0/16", "fe80::/10"}));
  BOOST_TEST(s.content.download_networks.empty());
  BOOST_TEST(s.maintenance_file.native() == "/var/lib/berth/maintenance.json");
  BOOST_TEST(s.metrics_prefix == "gitpod_ws_manager_mk2_");
  BOOST_TEST(s.log.level == "info");
}

BOOST_AUTO_TEST_CASE(of_timeouts_are_those_of_the_manual) {
  auto s = defaults();
  auto& t = s.timeouts;
  BOOST_TEST((t.regular == 30min));
  BOOST_TEST((t.after_close == 2min));
  BOOST_TEST((t.headless == 1h));
  BOOST_TEST((t.max_lifetime == 36h));
  BOOST_TEST((t.startup == 1h));
  BOOST_TEST((t.initialization == 30min));
  BOOST_TEST((t.content_finalization == 1h));
  BOOST_TEST((t.stopping == 1h));
  BOOST_TEST((t.interrupted == 5min));
  BOOST_TEST((t.stopped_retention == 2min));
  BOOST_TEST((s.heartbeat_interval == 30s));
}

BOOST_AUTO_TEST_CASE(have_one_class) {
  auto s = defaults();
  BOOST_TEST(s.classes.size() == 1u);
  BOOST_TEST(s.classes["default"].id == "default");
  BOOST_TEST(s.classes["default"].pids == 4096u);
  BOOST_TEST(s.preferred_class == "");
}

BOOST_AUTO_TEST_SUITE_END()
