#include "core/oci/container_spec.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace berth;
using nlohmann::json;

namespace {

container_spec workspace() {
  auto spec = container_spec{};
  spec.hostname = "blue-whale-1";
  spec.first_id = 1'065'536;
  spec.image.env = {"PATH=/opt/bin", "LANG=C", "BROKEN"};
  spec.env = {{"GITPOD_HOST", "h"}, {"LANG", "de"}, {"LANG", "fr"}};
  spec.limits.memory_bytes = 1u << 30;
  spec.limits.cpu_min_millis = 500;
  spec.limits.cpu_burst_millis = 2500;
  spec.limits.pids = 100;
  spec.cgroup = "berth/00ff/berth-w1";
  spec.root = "/run/berth/roots/w1";
  spec.content = "/var/lib/berth/content/w1";
  spec.shared = "/run/berth/ws/w1/shared";
  spec.init = "/usr/libexec/berth/berth-init";
  spec.resolv_conf = "/run/berth/ws/w1/resolv.conf";
  spec.hosts = "/run/berth/ws/w1/hosts";
  spec.hostname_file = "/run/berth/ws/w1/hostname";
  spec.termination_log = "/var/lib/berth/rootfs/w1/termination-log";
  spec.seccomp_program = "filter";
  spec.open_files = 4096;
  return spec;
}

json config_of(const container_spec& spec) {
  return json::parse(runtime_config(spec));
}

json mount_at(const json& config, const std::string& where) {
  for (const auto& mount : config["mounts"])
    if (mount["destination"] == where)
      return mount;
  return {};
}

json caps(std::initializer_list<const char*> names) {
  auto all = json::array();
  for (auto name : names)
    all.push_back("CAP_" + std::string{name});
  return all;
}

const auto all_caps
  = caps({"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",
          "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP",
          "SETUID", "SYS_CHROOT", "SYS_PTRACE"});

} // namespace

BOOST_AUTO_TEST_SUITE(oci_config)

BOOST_AUTO_TEST_CASE(init_is_ours_and_root_of_its_own_ids) {
  auto config = config_of(workspace());
  auto& process = config["process"];
  BOOST_TEST(process["args"] == json::array({"/.berth/init"}));
  BOOST_TEST(process["cwd"] == "/workspace");
  BOOST_TEST(process["terminal"] == false);
  BOOST_TEST(process["user"] == json({{"uid", 0}, {"gid", 0}}));
  auto ids
    = json::parse(R"([{"containerID": 0, "hostID": 1065536, "size": 65536}])");
  BOOST_TEST(config["linux"]["uidMappings"] == ids);
  BOOST_TEST(config["linux"]["gidMappings"] == ids);
  BOOST_TEST(config["hostname"] == "blue-whale-1");
  BOOST_TEST(config["root"]["path"] == "/run/berth/roots/w1");
}

BOOST_AUTO_TEST_CASE(every_namespace_is_its_own) {
  auto names = std::vector<std::string>{};
  auto config = config_of(workspace());
  for (const auto& ns : config["linux"]["namespaces"]) {
    BOOST_TEST(!ns.contains("path"));
    names.push_back(ns["type"]);
  }
  std::sort(names.begin(), names.end());
  auto wanted = std::vector<std::string>{"cgroup", "ipc",  "mount", "network",
                                         "pid",    "user", "uts"};
  BOOST_TEST(names == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(capabilities_are_these_and_no_others) {
  auto config = config_of(workspace());
  auto& held = config["process"]["capabilities"];
  BOOST_TEST(held["bounding"] == all_caps);
  BOOST_TEST(held["effective"] == all_caps);
  BOOST_TEST(held["permitted"] == all_caps);
  BOOST_TEST(held["inheritable"] == json::array());
  BOOST_TEST(held["ambient"] == json::array());
  BOOST_TEST(config["process"]["noNewPrivileges"] == false);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_tells_is_masked) {
  auto config = config_of(workspace());
  BOOST_TEST(
    config["linux"]["maskedPaths"]
    == json({"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
             "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
             "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
             "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/bpf",
             "/sys/fs/selinux", "/sys/kernel/debug", "/sys/kernel/security",
             "/sys/kernel/tracing"}));
  BOOST_TEST(config["linux"]["readonlyPaths"]
             == json({"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                      "/proc/sysrq-trigger"}));
  BOOST_TEST(config["linux"]["resources"]["devices"] == json::parse(R"([
    {"allow": false, "access": "rwm"},
    {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"},
    {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}
  ])"));
}

BOOST_AUTO_TEST_CASE(limits_of_its_class_are_set) {
  auto resources = config_of(workspace())["linux"]["resources"];
  BOOST_TEST(resources["memory"]["limit"] == 1u << 30);
  BOOST_TEST(resources["cpu"]["shares"] == 512);
  BOOST_TEST(resources["cpu"]["quota"] == 250'000);
  BOOST_TEST(resources["cpu"]["period"] == 100'000);
  BOOST_TEST(resources["pids"]["limit"] == 100);
  BOOST_TEST(config_of(workspace())["linux"]["cgroupsPath"]
             == "/berth/00ff/berth-w1");
}

BOOST_AUTO_TEST_CASE(no_limit_is_no_entry) {
  auto spec = workspace();
  spec.limits = {};
  auto resources = config_of(spec)["linux"]["resources"];
  BOOST_TEST(!resources.contains("memory"));
  BOOST_TEST(!resources.contains("cpu"));
  BOOST_TEST(!resources.contains("pids"));
}

BOOST_AUTO_TEST_CASE(resource_limits_stay_within_our_own) {
  auto limits = config_of(workspace())["process"]["rlimits"];
  BOOST_TEST(limits == json::parse(R"([
    {"type": "RLIMIT_CORE", "soft": 1, "hard": 1},
    {"type": "RLIMIT_NOFILE", "soft": 4096, "hard": 4096}])"));
}

BOOST_AUTO_TEST_CASE(mounts_of_the_host_are_closed_down) {
  auto config = config_of(workspace());
  BOOST_TEST(mount_at(config, "/workspace")["options"]
             == json({"bind", "idmap", "nodev"}));
  BOOST_TEST(mount_at(config, "/workspace")["source"]
             == "/var/lib/berth/content/w1");
  auto closed = json({"bind", "ro", "nosuid", "nodev", "noexec"});
  for (auto at :
       {"/.workspace", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname"})
    BOOST_TEST(mount_at(config, at)["options"] == closed, at);
  BOOST_TEST(mount_at(config, "/.berth/init")["options"]
             == json({"bind", "ro", "nosuid", "nodev"}));
  BOOST_TEST(mount_at(config, "/sys")["options"]
             == json({"nosuid", "noexec", "nodev", "ro"}));
  BOOST_TEST(mount_at(config, "/proc")["type"] == "proc");
}

BOOST_AUTO_TEST_CASE(environment_is_merged_in_order) {
  auto env = config_of(workspace())["process"]["env"];
  BOOST_TEST(env
             == json({"PATH=/opt/bin", "LANG=fr", "GITPOD_HOST=h",
                      "HOME=/home/gitpod"}));
  auto bare = workspace();
  bare.image.env.clear();
  bare.env = {{"HOME", "/root"}, {"", "x"}, {"A=B", "x"}};
  BOOST_TEST(config_of(bare)["process"]["env"]
             == json({"HOME=/root",
                      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                      "/sbin:/bin"}));
}

BOOST_AUTO_TEST_CASE(the_filter_is_handed_over_compiled) {
  auto config = config_of(workspace());
  BOOST_TEST(config["annotations"]["run.oci.seccomp_bpf_data"] == "ZmlsdGVy");
  BOOST_TEST(!config["linux"].contains("seccomp"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(oci_exec)

BOOST_AUTO_TEST_CASE(a_command_has_the_containers_environment_and_limits) {
  auto what = exec_spec{};
  what.argv = {"ls", "-l"};
  what.env = {{"LANG", "en"}};
  auto made = exec_process(runtime_config(workspace()), what);
  BOOST_REQUIRE(made);
  auto process = json::parse(*made);
  BOOST_TEST(process["args"] == json({"/.berth/init", "exec", "ls", "-l"}));
  BOOST_TEST(process["cwd"] == "/workspace");
  BOOST_TEST(process["user"] == json({{"uid", 33333}, {"gid", 33333}}));
  BOOST_TEST(process["env"]
             == json({"PATH=/opt/bin", "LANG=en", "GITPOD_HOST=h",
                      "HOME=/home/gitpod"}));
  BOOST_TEST(process["capabilities"]["bounding"] == all_caps);
  BOOST_TEST(process["capabilities"]["effective"] == json::array());
  BOOST_TEST(process["capabilities"]["permitted"] == json::array());
  BOOST_TEST(process["rlimits"].size() == 2u);
  BOOST_TEST(process["terminal"] == false);
}

BOOST_AUTO_TEST_CASE(root_holds_the_containers_capabilities) {
  auto what = exec_spec{};
  what.argv = {"sh"};
  what.user = "root";
  what.cwd = "/tmp";
  what.terminal = terminal_size{40, 132};
  auto process = json::parse(*exec_process(runtime_config(workspace()), what));
  BOOST_TEST(process["capabilities"]["effective"] == all_caps);
  BOOST_TEST(process["cwd"] == "/tmp");
  BOOST_TEST(process["terminal"] == true);
  BOOST_TEST(process["consoleSize"] == json({{"height", 40}, {"width", 132}}));
  auto env = process["env"].get<std::vector<std::string>>();
  BOOST_TEST(std::count(env.begin(), env.end(), "HOME=/root") == 1);
  BOOST_TEST(std::count(env.begin(), env.end(), "TERM=xterm-256color") == 1);
}

BOOST_AUTO_TEST_CASE(users_and_commands_that_cannot_be_are_refused) {
  auto config = runtime_config(workspace());
  auto refused = [&config](const std::string& user, const std::string& command,
                           const std::string& cwd = "") {
    auto what = exec_spec{{command}, {}, cwd, user, {}};
    auto made = exec_process(config, what);
    return !made && code_of(made.error()) == ec::invalid_argument;
  };
  for (auto user : {"65536", "4294967296", "-1", "0x0", "nobody", "0:", ":0",
                    "0:-1", "1 ", "root:0"})
    BOOST_TEST(refused(user, "ls"), user);
  BOOST_TEST(refused("", ""));
  BOOST_TEST(refused("", std::string("l\0s", 3)));
  BOOST_TEST(refused("", "ls", "relative"));
  BOOST_TEST(!refused("65535:65535", "ls"));
}

BOOST_AUTO_TEST_SUITE_END()
