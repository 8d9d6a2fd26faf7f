#include "app/berthd/config.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace berth;
using namespace std::chrono_literals;

namespace {

settings loaded(std::string_view yaml) {
  auto read = parse_config(yaml, "test.yaml");
  if (!read)
    BOOST_FAIL(describe(read.error()));
  return *read;
}

std::string refusal(std::string_view yaml) {
  auto read = parse_config(yaml, "test.yaml");
  BOOST_REQUIRE_MESSAGE(!read, yaml);
  BOOST_TEST((code_of(read.error()) == ec::invalid_argument));
  return describe(read.error());
}

struct row {
  std::string yaml;
  std::string error;
};

void check_refusals(const std::vector<row>& table) {
  for (auto& [yaml, error] : table)
    BOOST_TEST_CONTEXT(yaml) {
      BOOST_TEST(refusal(yaml) == error);
    }
}

const std::string s3 = "storage:\n"
                       "  kind: s3\n"
                       "  endpoint: https://s3.example.com\n"
                       "  bucket: backups\n"
                       "  access_key_file: /etc/berth/access\n";

} // namespace

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(derives_paths_from_the_directories_given) {
  auto s = loaded("node: {state_dir: /srv/b/, run_dir: /run/../run/b}");
  BOOST_TEST(s.node.state_dir.native() == "/srv/b");
  BOOST_TEST(s.node.run_dir.native() == "/run/b");
  BOOST_TEST(s.storage.path.native() == "/srv/b/objects");
  BOOST_TEST(s.maintenance_file.native() == "/srv/b/maintenance.json");
  BOOST_TEST(s.grpc.unix_socket.native() == "/run/b/berthd.sock");
}

BOOST_AUTO_TEST_CASE(takes_every_kind_of_value) {
  auto s = loaded(R"(
grpc:
  rate_limits:
    /wsman.WorkspaceManager/StartWorkspace:
      bucket_size: 5
      refill_interval: 1.5s
      key: metadata.owner, type
      key_cache_size: 100
images:
  registries:
    registry.example.com:5000: {insecure: true, auth_file: /etc/auth.json}
    localhost:
runtime:
  subnet: 192.168.8.0/24
  dns: [10.0.0.1, "fe80::1"]
  max_workspaces: 64
  nfs_hosts: [nfs.example.com, 192.0.2.1, "[fd00::1]"]
  uid_pool: {start: 200000, size: 4194304}
content: {allow_file_urls: true, denied_networks: [10.0.0.0/8, "::1"]}
heartbeat_interval: 45s
)");
  auto& limit = s.grpc.rate_limits["/wsman.WorkspaceManager/StartWorkspace"];
  BOOST_TEST(limit.burst == 5u);
  BOOST_TEST((limit.refill == 1500ms));
  BOOST_TEST((limit.key == std::vector<std::string>{"metadata.owner", "type"}));
  BOOST_TEST(limit.key_cache == 100u);
  BOOST_TEST(!limit.block);
  BOOST_TEST(s.images.registries["registry.example.com:5000"].insecure);
  BOOST_TEST(s.images.registries["registry.example.com:5000"].auth_file.native()
             == "/etc/auth.json");
  BOOST_TEST(!s.images.registries["localhost"].insecure);
  BOOST_TEST(s.runtime.subnet == 0xc0a80800u);
  BOOST_TEST(s.runtime.subnet_bits == 24);
  BOOST_TEST(s.runtime.dns.size() == 2u);
  BOOST_TEST(s.runtime.max_workspaces == 64u);
  BOOST_TEST(
    (s.runtime.nfs_hosts
     == std::vector<std::string>{"nfs.example.com", "192.0.2.1", "[fd00::1]"}));
  BOOST_TEST(s.content.allow_file_urls);
  BOOST_TEST(s.content.denied_networks.front() == "10.0.0.0/8");
  BOOST_TEST(s.content.denied_networks.size() == 2u);
  BOOST_TEST((s.heartbeat_interval == 45s));
}

BOOST_AUTO_TEST_CASE(says_what_workspaces_run_in) {
  auto s = loaded("classes: {a: {}, b: {container: own}, "
                  "c: {container: compatible}, d: {container: image}}");
  BOOST_TEST((s.classes["default"].container == container_kind::own));
  BOOST_TEST((s.classes["a"].container == container_kind::own));
  BOOST_TEST((s.classes["b"].container == container_kind::own));
  BOOST_TEST((s.classes["c"].container == container_kind::compatible));
  BOOST_TEST((s.classes["d"].container == std::nullopt));
  BOOST_TEST(s.runtime.nfs_hosts.empty());
  check_refusals({
    {"classes: {a: {container: privileged}}",
     "test.yaml:1: classes.a.container: neither own, compatible nor image"},
    {"runtime: {uid_pool: {start: 169999, size: 65536}}\n"
     "classes: {a: {container: image}}",
     "test.yaml:2: classes.a.container: shares ids 100000 to 169999 of the "
     "machine: runtime.uid_pool.start has to be 170000 or more"},
  });
  loaded("runtime: {uid_pool: {start: 170000, size: 65536}}\n"
         "classes: {a: {container: image}}");
}

BOOST_AUTO_TEST_CASE(reads_classes) {
  auto s = loaded(R"(
classes:
  g1-standard:
    cpu: {min: 500m, burst: "6"}
    memory: 1.5Gi
    storage: 30G
    pids: 100
    credits_per_minute: 0.5
preferred_class: g1-standard
)");
  BOOST_TEST(s.classes.size() == 2u);
  BOOST_TEST(s.classes.contains("default"));
  BOOST_TEST(s.preferred_class == "g1-standard");
  auto& c = s.classes["g1-standard"];
  BOOST_TEST(c.id == "g1-standard");
  BOOST_TEST(c.display_name == "g1-standard");
  BOOST_TEST(c.cpu_min_millis == 500u);
  BOOST_TEST(c.cpu_burst_millis == 6000u);
  BOOST_TEST(c.memory_bytes == 1610612736u);
  BOOST_TEST(c.storage_bytes == 30'000'000'000u);
  BOOST_TEST(c.pids == 100u);
  BOOST_TEST(c.credits_per_minute == 0.5f);
}

BOOST_AUTO_TEST_CASE(reads_what_controllers_are_told) {
  auto s = loaded(R"(
classes:
  shared:
    cpu: {min: "2", burst: "6", on_demand: true, buckets: [30m=4, 1h=500m]}
    io: {read_bytes: 10Mi, write_operations: 100}
    connections: {per_minute: 600, burst: 50, enforce: true}
    priorities: true
    pressure: true
resources: {period: 5s, cpu: "12"}
)");
  auto& c = s.classes["shared"];
  BOOST_TEST(c.cpu_on_demand);
  BOOST_TEST(
    (c.cpu_buckets == std::vector<cpu_bucket>{{30min, 4000}, {1h, 500}}));
  BOOST_TEST((c.io == io_limits{10 << 20, 0, 0, 100}));
  BOOST_TEST((c.connections == connection_limit{600, 50, true}));
  BOOST_TEST(c.priorities);
  BOOST_TEST(c.pressure);
  BOOST_TEST((s.resources.period == 5s));
  BOOST_TEST(s.resources.cpu_millis == 12000u);
}

BOOST_AUTO_TEST_CASE(controls_nothing_by_default) {
  auto s = loaded("");
  auto& c = s.classes["default"];
  BOOST_TEST(!c.cpu_on_demand);
  BOOST_TEST(c.cpu_buckets.empty());
  BOOST_TEST((c.io == io_limits{}));
  BOOST_TEST((c.connections == connection_limit{}));
  BOOST_TEST(!c.priorities);
  BOOST_TEST(!c.pressure);
  BOOST_TEST((s.resources.period == 15s));
  BOOST_TEST(s.resources.cpu_millis > 0u);
}

BOOST_AUTO_TEST_CASE(replaces_a_map_entry_as_a_whole) {
  auto s = loaded("classes: {default: {pids: 7}}");
  BOOST_TEST(s.classes["default"].pids == 7u);
  BOOST_TEST(s.classes["default"].memory_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(leaves_what_is_null) {
  auto s = loaded("node:\ngrpc:\n  tls: {ca:, cert: ~}\nclasses:\nlog: null\n");
  BOOST_TEST(!s.grpc.tls.enabled());
  BOOST_TEST(s.classes.contains("default"));
  BOOST_TEST(s.log.level == "info");
}

BOOST_AUTO_TEST_CASE(takes_a_public_address_with_tls) {
  auto s = loaded("grpc: {address: 0.0.0.0:7400,\n"
                  "  tls: {ca: /ca, cert: /cert, key: /key}}");
  BOOST_TEST(s.grpc.tls.enabled());
  BOOST_TEST(s.grpc.tls.require_client_cert);
}

BOOST_AUTO_TEST_CASE(knows_loopback_addresses) {
  for (auto address :
       {"127.0.0.1:0", "127.9.9.9:1", "[::1]:7400", "localhost:7400"})
    BOOST_TEST(
      loaded("grpc: {address: \"" + std::string{address} + "\"}").grpc.address
      == address);
}

BOOST_AUTO_TEST_CASE(reads_storage_of_kind_s3) {
  auto s = loaded(s3 + "  secret_key_file: /etc/berth/secret\n");
  BOOST_TEST(s.storage.kind == "s3");
  BOOST_TEST(s.storage.region == "us-east-1");
  BOOST_TEST(s.storage.secret_key_file.native() == "/etc/berth/secret");
  BOOST_TEST(s.storage.path.empty());
  BOOST_TEST(s.storage.ca_file.empty());
  s = loaded(s3 + "  secret_key_file: /k\n  ca_file: /etc/berth/ca.pem\n");
  BOOST_TEST(s.storage.ca_file.native() == "/etc/berth/ca.pem");
  check_refusals({
    {s3, "test.yaml:1: storage.secret_key_file: needed by kind s3"},
    {s3 + "  secret_key_file: /k\n  path: /objects\n",
     "test.yaml:7: storage.path: not of kind s3"},
    {"storage: {bucket: abc}", "test.yaml:1: storage.bucket: not of kind file"},
  });
}

BOOST_AUTO_TEST_CASE(points_at_what_is_not_of_the_shape) {
  check_refusals({
    {"nod: {}", "test.yaml:1: nod: unknown key"},
    {"node:\n  nam: x", "test.yaml:2: node.nam: unknown key"},
    {"Node: {}", "test.yaml:1: Node: unknown key"},
    {"classes:\n  a:\n    cpu:\n      max: 1",
     "test.yaml:4: classes.a.cpu.max: unknown key"},
    {"grpc:\n  rate_limits:\n    /a.B/C:\n      burst: 1",
     "test.yaml:4: grpc.rate_limits[\"/a.B/C\"].burst: unknown key"},
    {"node: {name: a}\nlog: {}\nnode: {name: b}",
     "test.yaml:3: node: given twice"},
    {"classes:\n  a: {}\n  a: {}", "test.yaml:3: classes.a: given twice"},
    {"\n[]", "test.yaml:1: a map is expected here"},
    {"node: text", "test.yaml:1: node: a map is expected here"},
    {"node: [a]", "test.yaml:1: node: a map is expected here"},
    {"classes: [a]", "test.yaml:1: classes: a map is expected here"},
    {"classes: {a: 1}", "test.yaml:1: classes.a: a map is expected here"},
    {"node: {name: [a]}",
     "test.yaml:1: node.name: a single value is expected here"},
    {"node: {name: {a: b}}",
     "test.yaml:1: node.name: a single value is expected here"},
    {"runtime: {dns: 1.1.1.1}",
     "test.yaml:1: runtime.dns: a list is expected here"},
    {"runtime:\n  dns:\n    - 1.1.1.1\n    - {}",
     "test.yaml:4: runtime.dns[1]: a single value is expected here"},
    {"storage: {path_style: 1}",
     "test.yaml:1: storage.path_style: neither true nor false"},
    {"storage: {path_style: \"true\"}",
     "test.yaml:1: storage.path_style: neither true nor false"},
    {"runtime: {max_workspaces: -1}",
     "test.yaml:1: runtime.max_workspaces: not a whole number below 2^32"},
    {"runtime: {max_workspaces: 4294967296}",
     "test.yaml:1: runtime.max_workspaces: not a whole number below 2^32"},
    {"runtime: {max_workspaces: 1.5}",
     "test.yaml:1: runtime.max_workspaces: not a whole number below 2^32"},
    {"classes: {a: {credits_per_minute: inf}}",
     "test.yaml:1: classes.a.credits_per_minute: not a number"},
    {"? [a]\n: b", "test.yaml:1: [\"?\"]: a key must be one word"},
    {"node: {}\n---\nnode: {}",
     "test.yaml:2: yaml: a second document, or a comma astray"},
    {"node: {}\n}\n", "test.yaml:2: yaml: illegal flow end"},
    {", node: {}", "test.yaml:1: yaml: a second document, or a comma astray"},
  });
}

BOOST_AUTO_TEST_CASE(points_at_broken_yaml) {
  auto text = refusal("node:\n  name: \"open\nlog: {");
  BOOST_TEST(text.starts_with("test.yaml:"));
  BOOST_TEST(text.find('\n') == text.npos);
  BOOST_TEST(refusal("node: *nowhere").starts_with("test.yaml:1: "));
  BOOST_TEST(refusal("a: b: c").starts_with("test.yaml:1: "));
}

BOOST_AUTO_TEST_CASE(says_it_in_one_line) {
  auto text = refusal("heartbeat_interval: \"1s\\n2s\"");
  BOOST_TEST(text.find('\n') == text.npos);
  BOOST_TEST(text.starts_with("test.yaml:1: heartbeat_interval: "));
}

BOOST_AUTO_TEST_CASE(loads_files) {
  auto name = std::string{"/tmp/berth-config-XXXXXX"};
  BOOST_REQUIRE(mkdtemp(name.data()));
  auto file = name + "/berth.yaml";
  std::ofstream{file} << "log:\n  level: debug\n";
  auto read = load_config(file);
  std::ofstream{file} << "log:\n  level: loud\n";
  auto refused = load_config(file);
  auto missing = load_config(name + "/none.yaml");
  auto directory = load_config(name);
  std::filesystem::remove_all(name);

  BOOST_REQUIRE(read);
  BOOST_TEST(read->log.level == "debug");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(describe(refused.error()).starts_with(file + ":2: log.level: "));
  BOOST_REQUIRE(!missing);
  BOOST_TEST(is_errno(missing.error(), ENOENT));
  BOOST_TEST(!directory);
}

BOOST_AUTO_TEST_SUITE_END()
