#include "app/berthd/config.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace berth;

namespace {

struct misfit {
  std::string yaml;
  std::string field; ///< "line: path" that the error begins with
};

bool is_accepted(const std::string& yaml) {
  return static_cast<bool>(parse_config(yaml, "f"));
}

void check_fields(const std::vector<misfit>& table) {
  for (auto& [yaml, field] : table) {
    auto read = parse_config(yaml, "f");
    BOOST_TEST_CONTEXT(yaml) {
      BOOST_REQUIRE(!read);
      auto text = describe(read.error());
      BOOST_TEST(text.starts_with("f:" + field + ": "), text);
    }
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(consistency_test)

BOOST_AUTO_TEST_CASE(of_the_node) {
  check_fields({
    {"node: {name: a b}", "1: node.name"},
    {"node: {state_dir: var}", "1: node.state_dir"},
    {"node: {state_dir: /}", "1: node.state_dir"},
    {"node: {run_dir: ./run}", "1: node.run_dir"},
    {"node: {state_dir: /a, run_dir: /a/}", "1: node.run_dir"},
    {"node:\n  run_dir: /" + std::string(100, 'r'), "1: grpc.unix"},
  });
}

BOOST_AUTO_TEST_CASE(of_the_grpc_door) {
  check_fields({
    {"grpc: {address: 0.0.0.0:7400}", "1: grpc.address"},
    {"grpc: {address: '[::]:7400'}", "1: grpc.address"},
    {"grpc: {address: node.example.com:7400}", "1: grpc.address"},
    {"grpc: {address: 127.0.0.1}", "1: grpc.address"},
    {"grpc: {address: '::1:7400'}", "1: grpc.address"},
    {"grpc: {address: 127.0.0.1:70000}", "1: grpc.address"},
    {"grpc: {address: ''}", "1: grpc.address"},
    {"grpc:\n  tls: {ca: /ca, cert: /cert}", "2: grpc.tls"},
    {"grpc:\n  tls: {key: /key}", "2: grpc.tls"},
    {"grpc:\n  tls: {ca: ca, cert: /cert, key: /key}", "2: grpc.tls.ca"},
    {"grpc: {unix: berthd.sock}", "1: grpc.unix"},
    {"grpc: {unix: /" + std::string(107, 'u') + "}", "1: grpc.unix"},
    {"http: {address: nowhere}", "1: http.address"},
  });
  BOOST_TEST(is_accepted("grpc: {unix: /" + std::string(106, 'u') + "}"));
}

BOOST_AUTO_TEST_CASE(of_rate_limits) {
  auto limit = [](const std::string& text) {
    return "grpc:\n  rate_limits:\n    /a.B/C: {" + text + "}";
  };
  auto at = std::string{"3: grpc.rate_limits[\"/a.B/C\"]"};
  BOOST_TEST(is_accepted(limit("bucket_size: 1, refill_interval: 1s")));
  check_fields({
    {limit("refill_interval: 1s"), at + ".bucket_size"},
    {limit("bucket_size: 1"), at + ".refill_interval"},
    {limit("bucket_size: 1, refill_interval: 0s"), at + ".refill_interval"},
    {limit("bucket_size: 1, refill_interval: 1s, key: id"),
     at + ".key_cache_size"},
    {limit("bucket_size: 1, refill_interval: 1s, key_cache_size: 1"),
     at + ".key"},
    {limit("bucket_size: 1, refill_interval: 1s, key_cache_size: 1, key: a..b"),
     at + ".key"},
    {"grpc: {rate_limits: {StartWorkspace: {bucket_size: 1}}}",
     "1: grpc.rate_limits.StartWorkspace"},
  });
}

BOOST_AUTO_TEST_CASE(of_urls) {
  BOOST_TEST(is_accepted("ingress: {workspace_url: '{{ .Host }}/{{ .ID }}', "
                         "host: 'https://example.com'}"));
  BOOST_TEST(is_accepted("ingress: {workspace_url: "
                         "'https://{{ .Prefix }}.{{ .Host }}:8443', "
                         "host: example.com}"));
  check_fields({
    {"ingress: {workspace_url: ''}", "1: ingress.workspace_url"},
    {"ingress: {workspace_url: '{{ .Prefix }}'}", "1: ingress.workspace_url"},
    {"ingress: {workspace_url: 'http://{{ .Nobody }}'}",
     "1: ingress.workspace_url"},
    {"ingress: {workspace_url: 'http://{{ .WorkspacePort }}'}",
     "1: ingress.workspace_url"},
    {"ingress: {workspace_url: 'ftp://{{ .ID }}'}", "1: ingress.workspace_url"},
    {"ingress: {workspace_url: 'http://-{{ .ID }}'}",
     "1: ingress.workspace_url"},
    {"ingress: {workspace_url: 'http://{{ .ID }}:port'}",
     "1: ingress.workspace_url"},
    {"ingress: {port_url: 'http://{{ .ID }} /'}", "1: ingress.port_url"},
    {"ingress: {port_url: 'http://{{ .ID'}", "1: ingress.port_url"},
    {"ingress: {authorize_path: authorize}", "1: ingress.authorize_path"},
    {"ingress: {host: ''}", "1: ingress.host"},
    {"ingress: {ssh_ca_public_key_file: key.pub}",
     "1: ingress.ssh_ca_public_key_file"},
    {"ingress: {ssh_ca_public_key_file: /nonexistent/key.pub}",
     "1: ingress.ssh_ca_public_key_file"},
    {"ingress: {ssh_ca_public_key_file: /etc/passwd}",
     "1: ingress.ssh_ca_public_key_file"},
  });
}

BOOST_AUTO_TEST_CASE(of_storage_and_images) {
  check_fields({
    {"storage: {kind: gcs}", "1: storage.kind"},
    {"storage: {kind: ''}", "1: storage.kind"},
    {"storage: {path: objects}", "1: storage.path"},
    {"storage: {kind: s3}", "1: storage.endpoint"},
    {"storage: {kind: s3, endpoint: 'https://h', bucket: a}",
     "1: storage.bucket"},
    {"images: {registries: {'a b': {}}}", "1: images.registries[\"a b\"]"},
    {"images: {registries: {'https://a': {}}}",
     "1: images.registries[\"https://a\"]"},
    {"images:\n  registries:\n    a.b:\n      auth_file: x",
     "4: images.registries[\"a.b\"].auth_file"},
    {"images: {default_image: a b}", "1: images.default_image"},
  });
}

BOOST_AUTO_TEST_CASE(of_a_store) {
  auto store = [](const std::string& endpoint, const std::string& more = "") {
    return "storage:\n  kind: s3\n  endpoint: '" + endpoint
           + "'\n  bucket: backups.example\n  access_key_file: /a\n"
             "  secret_key_file: /s\n"
           + more;
  };
  for (auto* endpoint :
       {"https://s3.example.com", "https://s3.example.com:9000",
        "http://127.0.0.1:9000", "http://localhost", "http://[::1]:9000"})
    BOOST_TEST(is_accepted(store(endpoint)));
  BOOST_TEST(is_accepted(store("http://s3.lan:9000", "  insecure: true\n")));
  BOOST_TEST(is_accepted(store("https://h", "  path_style: false\n")));
  check_fields({
    {store("http://s3.lan:9000"), "3: storage.endpoint"},
    {store("http://127.0.0.1.example.com"), "3: storage.endpoint"},
    {store("https://s3.example.com/path"), "3: storage.endpoint"},
    {store("https://s3.example.com/"), "3: storage.endpoint"},
    {store("https://s3.example.com?x"), "3: storage.endpoint"},
    {store("s3.example.com"), "3: storage.endpoint"},
    {"storage: {insecure: true}", "1: storage.insecure"},
    {"storage: {ca_file: /ca.pem}", "1: storage.ca_file"},
    {store("https://h", "  ca_file: ca.pem\n"), "7: storage.ca_file"},
    {store("http://127.0.0.1:9000", "  ca_file: /ca.pem\n"),
     "7: storage.ca_file"},
    {"storage: {kind: s3, endpoint: 'https://h', bucket: 'a_b',\n"
     "  path_style: false}",
     "1: storage.bucket"},
  });
}

BOOST_AUTO_TEST_CASE(of_the_uid_pool) {
  auto pool = [](const std::string& start, const std::string& size) {
    return "runtime:\n  uid_pool: {start: " + start + ", size: " + size + "}";
  };
  BOOST_TEST(is_accepted(pool("100001", "65536")));
  BOOST_TEST(is_accepted(pool("4294901758", "65536")));
  check_fields({
    {pool("100000", "65536"), "2: runtime.uid_pool.start"},
    {pool("100001", "65535"), "2: runtime.uid_pool.size"},
    {pool("4294901759", "65536"), "2: runtime.uid_pool"},
    {pool("4294967295", "4294967295"), "2: runtime.uid_pool"},
  });
}

BOOST_AUTO_TEST_CASE(of_the_subnet) {
  auto subnet
    = [](const std::string& text) { return "runtime: {subnet: " + text + "}"; };
  BOOST_TEST(is_accepted(subnet("10.0.0.0/8")));
  BOOST_TEST(is_accepted(subnet("10.0.0.4/30")));
  for (auto text :
       {"10.0.0.0", "10.0.0.0/31", "10.0.0.0/32", "10.0.0.0/33", "10.0.0.1/16",
        "10.0.0.0/7", "10.0.0/16", "10.0.0.0/", "10.0.0.0/x", "127.0.0.0/16",
        "0.0.0.0/8", "224.0.0.0/8", "'fd00::/64'", "''"})
    check_fields({{subnet(text), "1: runtime.subnet"}});
}

BOOST_AUTO_TEST_CASE(of_the_runtime) {
  BOOST_TEST(is_accepted("runtime: {oci_runtime: /usr/bin/crun}"));
  BOOST_TEST(is_accepted("runtime: {subnet: 10.0.0.0/28, max_workspaces: 4}"));
  BOOST_TEST(is_accepted("runtime: {max_workspaces: 2, "
                         "uid_pool: {start: 200000, size: 196607}}"));
  check_fields({
    {"runtime: {oci_runtime: bin/crun}", "1: runtime.oci_runtime"},
    {"runtime: {conmon: ''}", "1: runtime.conmon"},
    {"runtime: {helper_dir: bin}", "1: runtime.helper_dir"},
    {"runtime: {dns: [example.com]}", "1: runtime.dns[0]"},
    {"runtime: {nfs_hosts: ['']}", "1: runtime.nfs_hosts[0]"},
    {"runtime: {nfs_hosts: [a, '-B']}", "1: runtime.nfs_hosts[1]"},
    {"runtime: {nfs_hosts: ['a:/export']}", "1: runtime.nfs_hosts[0]"},
    {"runtime: {nfs_hosts: ['a b']}", "1: runtime.nfs_hosts[0]"},
    {"runtime: {nfs_hosts: ['fd00::1']}", "1: runtime.nfs_hosts[0]"},
    {"runtime: {nfs_hosts: ['[a]']}", "1: runtime.nfs_hosts[0]"},
    {"runtime: {subnet: 10.0.0.0/28, max_workspaces: 5}",
     "1: runtime.max_workspaces"},
    {"runtime: {max_workspaces: 3, uid_pool: {start: 200000, size: 196607}}",
     "1: runtime.max_workspaces"},
    {"content: {denied_networks: [10.0.0.0/8, 10.0.0.1/8]}",
     "1: content.denied_networks[1]"},
    {"content: {download_networks: [10.0.0.0/40]}",
     "1: content.download_networks[0]"},
    {"content: {denied_networks: ['fe80::/129']}",
     "1: content.denied_networks[0]"},
  });
}

BOOST_AUTO_TEST_CASE(of_classes) {
  check_fields({
    {"classes: {-a: {}}", "1: classes.-a"},
    {"classes: {a.: {}}", "1: classes[\"a.\"]"},
    {"classes: {'': {}}", "1: classes[\"\"]"},
    {"classes: {" + std::string(64, 'c') + ": {}}",
     "1: classes." + std::string(64, 'c')},
    {"preferred_class: a", "1: preferred_class"},
    {"classes:\n  a:\n    memory: 4GB", "3: classes.a.memory"},
    {"classes:\n  a:\n    memory: 4", "3: classes.a.memory"},
    {"classes:\n  a:\n    memory: -4Gi", "3: classes.a.memory"},
    {"classes:\n  a:\n    storage: much", "3: classes.a.storage"},
    {"classes:\n  a:\n    cpu: {min: 1x}", "3: classes.a.cpu.min"},
    {"classes:\n  a:\n    cpu: {min: 2, burst: 1500m}",
     "3: classes.a.cpu.burst"},
    {"classes: {a: {credits_per_minute: -1}}",
     "1: classes.a.credits_per_minute"},
  });
  BOOST_TEST(is_accepted("classes: {" + std::string(63, 'c') + ": {}}"));
  BOOST_TEST(is_accepted("classes: {a: {cpu: {min: 2, burst: 2}}}"));
}

BOOST_AUTO_TEST_CASE(of_controllers) {
  auto cpu = [](const std::string& text) {
    return "classes:\n  a:\n    cpu: {" + text + "}";
  };
  check_fields({
    {cpu("on_demand: true"), "3: classes.a.cpu.on_demand"},
    {cpu("min: 9m, on_demand: true"), "3: classes.a.cpu.on_demand"},
    {cpu("min: 2, buckets: [30m=4]"), "3: classes.a.cpu.buckets"},
    {cpu("min: 2, burst: 1001, on_demand: true"), "3: classes.a.cpu.burst"},
    {"classes: {a: {connections: {burst: 5}}}", "1: classes.a.connections"},
    {"classes: {a: {connections: {enforce: true}}}",
     "1: classes.a.connections"},
    {"classes: {a: {io: {read_bytes: 1x}}}", "1: classes.a.io.read_bytes"},
    {"resources: {period: 0s}", "1: resources.period"},
    {"resources: {period: 99ms}", "1: resources.period"},
    {"resources: {cpu: 1001}", "1: resources.cpu"},
  });
  for (std::string bucket :
       {"4", "30m", "=4", "30m=", "0s=4", "-1s=4", "30m=9m", "30m=1001"})
    check_fields({{cpu("on_demand: true, buckets: ['" + bucket + "']"),
                   "3: classes.a.cpu.buckets[0]"}});
  BOOST_TEST(is_accepted(cpu("min: 10m, on_demand: true")));
  BOOST_TEST(is_accepted(cpu("on_demand: true, buckets: ['1s=10m']")));
}

BOOST_AUTO_TEST_CASE(of_timeouts) {
  for (std::string name : {"regular", "after_close", "headless", "max_lifetime",
                           "startup", "initialization", "content_finalization",
                           "stopping", "stopped_retention"}) {
    for (auto text : {"0s", "-1s", "1d", "''", "30"})
      check_fields(
        {{"timeouts:\n  " + name + ": " + text, "2: timeouts." + name}});
  }
  BOOST_TEST(is_accepted("timeouts: {interrupted: 0s}"));
  BOOST_TEST(is_accepted("timeouts: {stopping: 5m, content_finalization: 5m}"));
  check_fields({
    {"timeouts: {interrupted: -1s}", "1: timeouts.interrupted"},
    {"timeouts:\n  stopping: 59m", "2: timeouts.stopping"},
    {"timeouts:\n  content_finalization: 61m",
     "2: timeouts.content_finalization"},
    {"heartbeat_interval: 0s", "1: heartbeat_interval"},
    {"content: {snapshot_pause: 0s}", "1: content.snapshot_pause"},
    {"content: {publish_limit: 0s}", "1: content.publish_limit"},
    {"content: {min_free_space: much}", "1: content.min_free_space"},
    {"content: {quarantine_retention: -1s}", "1: content.quarantine_retention"},
    {"content: {quota_period: often}", "1: content.quota_period"},
    {"images: {build_cache_size: -1}", "1: images.build_cache_size"},
    {"images: {build_timeout: 0s}", "1: images.build_timeout"},
    {"secrets: {x: {file: /etc/hostname}}", "1: secrets.x"},
    {"secrets:\n  a/b:\n    file: /no/such", "3: secrets[\"a/b\"].file"},
    {"secrets: {a/b: {file: /dev/null}}", "1: secrets[\"a/b\"].file"},
    {"content: {git_cache_size: -1}", "1: content.git_cache_size"},
    {"content: {git_cache_age: 0s}", "1: content.git_cache_age"},
    {"content: {backup_period: -1s}", "1: content.backup_period"},
  });
}

BOOST_AUTO_TEST_CASE(of_the_log_and_maintenance) {
  check_fields({
    {"log: {level: loud}", "1: log.level"},
    {"log: {format: xml}", "1: log.format"},
    {"maintenance: {file: x.json}", "1: maintenance.file"},
    {"metrics: {prefix: a-b}", "1: metrics.prefix"},
    {"metrics: {prefix: 1a}", "1: metrics.prefix"},
  });
}

BOOST_AUTO_TEST_SUITE_END()
