#include "core/oci/choose_kind.hpp"
#include "core/oci/container_spec.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace berth;
using nlohmann::json;

namespace {

container_spec compatible_workspace() {
  auto spec = container_spec{};
  spec.kind = container_kind::compatible;
  spec.first_id = 33333;
  spec.content = "/var/lib/berth/content/w1";
  spec.termination_log = "/var/lib/berth/rootfs/w1/termination-log";
  return spec;
}

json compatible_config(const container_spec& spec = compatible_workspace()) {
  return json::parse(runtime_config(spec));
}

/// As which user a command named `user` runs; empty if it does not.
json ids_of_command(const std::string& user) {
  auto what = exec_spec{{"ls"}, {}, "", user, {}, {}};
  auto made = exec_process(runtime_config(compatible_workspace()), what);
  return made ? json::parse(*made)["user"] : json{};
}

json ids(uint32_t uid, uint32_t gid) {
  return {{"uid", uid}, {"gid", gid}};
}

const auto stock_capabilities
  = json({"CAP_AUDIT_WRITE", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
          "CAP_SYS_PTRACE"});

} // namespace

BOOST_AUTO_TEST_SUITE(oci_compatible)

BOOST_AUTO_TEST_CASE(there_is_no_user_namespace) {
  auto config = compatible_config();
  auto& kernel = config["linux"];
  BOOST_TEST(!kernel.contains("uidMappings"));
  BOOST_TEST(!kernel.contains("gidMappings"));
  auto names = std::vector<std::string>{};
  for (const auto& ns : kernel["namespaces"])
    names.push_back(ns["type"]);
  std::sort(names.begin(), names.end());
  auto wanted = std::vector<std::string>{"cgroup",  "ipc", "mount",
                                         "network", "pid", "uts"};
  BOOST_TEST(names == wanted, boost::test_tools::per_element());
  BOOST_TEST(kernel["sysctl"]["net.ipv4.ping_group_range"] == "0 165533");
}

BOOST_AUTO_TEST_CASE(init_is_roots_of_files_and_can_become_nobody) {
  auto config = compatible_config();
  auto& process = config["process"];
  BOOST_TEST(process["user"] == ids(33333, 33333));
  auto& held = process["capabilities"];
  BOOST_TEST(held["bounding"] == stock_capabilities);
  for (auto set : {"effective", "permitted", "inheritable", "ambient"})
    BOOST_TEST(held[set] == json::array({"CAP_KILL"}), set);
  BOOST_TEST(process["noNewPrivileges"] == false);
}

BOOST_AUTO_TEST_CASE(tasks_run_as_the_workspaces_user) {
  auto spec = compatible_workspace();
  spec.headless = true;
  BOOST_TEST(compatible_config(spec)["process"]["user"] == ids(133332, 133332));
  spec.kind = container_kind::own;
  BOOST_TEST(compatible_config(spec)["process"]["user"] == ids(0, 0));
}

BOOST_AUTO_TEST_CASE(files_of_the_host_are_shifted_as_the_client_maps_ids) {
  auto config = compatible_config();
  auto seen = 0;
  for (const auto& mount : config["mounts"])
    if (mount["destination"] == "/workspace"
        || mount["destination"] == "/dev/termination-log") {
      BOOST_TEST(mount["options"]
                 == json({"bind",
                          "idmap=uids=0-33333-1#1-100000-65534;"
                          "gids=0-33333-1#1-100000-65534",
                          "nodev"}));
      ++seen;
    }
  BOOST_TEST(seen == 2);
}

BOOST_AUTO_TEST_CASE(the_rest_is_as_in_the_other_kind) {
  auto own = compatible_workspace();
  own.kind = container_kind::own;
  auto config = compatible_config(), other = compatible_config(own);
  for (auto part : {"maskedPaths", "readonlyPaths", "resources", "cgroupsPath"})
    BOOST_TEST(config["linux"][part] == other["linux"][part], part);
  BOOST_TEST(config["annotations"] == other["annotations"]);
  BOOST_TEST(config["process"]["rlimits"] == other["process"]["rlimits"]);
  BOOST_TEST(config["process"]["args"] == other["process"]["args"]);
}

BOOST_AUTO_TEST_CASE(commands_have_ids_of_files_and_no_capability) {
  BOOST_TEST(ids_of_command("") == ids(133332, 133332));
  BOOST_TEST(ids_of_command("root") == ids(33333, 33333));
  BOOST_TEST(ids_of_command("1000:5") == ids(100999, 100004));
  BOOST_TEST(ids_of_command("65534") == ids(165533, 165533));
  BOOST_TEST(ids_of_command("65535").is_null());
  BOOST_TEST(ids_of_command("133332").is_null());
  for (auto user : {"", "root"}) {
    auto what = exec_spec{{"ls"}, {}, "", user, {}, {}};
    auto made = exec_process(runtime_config(compatible_workspace()), what);
    BOOST_REQUIRE(made);
    auto held = json::parse(*made)["capabilities"];
    BOOST_TEST(held["bounding"] == stock_capabilities);
    for (auto set : {"effective", "permitted", "inheritable", "ambient"})
      BOOST_TEST(held[set] == json::array(), set);
  }
}

BOOST_AUTO_TEST_CASE(the_class_decides_or_leaves_it_to_the_image) {
  auto chosen = [](std::optional<container_kind> by_class,
                   const std::string& label) -> std::string {
    auto limits = workspace_class{};
    limits.container = by_class;
    auto image = image_config{};
    image.container = label;
    auto kind = choose_kind(limits, image);
    return kind ? to_string(*kind) : to_string(code_of(kind.error()));
  };
  BOOST_TEST(workspace_class{}.container.has_value());
  BOOST_TEST(chosen(container_kind::own, "") == "own");
  BOOST_TEST(chosen(container_kind::own, "compatible") == "own");
  BOOST_TEST(chosen(container_kind::own, "nonsense") == "own");
  BOOST_TEST(chosen(container_kind::compatible, "own") == "compatible");
  BOOST_TEST(chosen(std::nullopt, "") == "own");
  BOOST_TEST(chosen(std::nullopt, "own") == "own");
  BOOST_TEST(chosen(std::nullopt, "compatible") == "compatible");
  BOOST_TEST(chosen(std::nullopt, "Compatible") == "invalid_argument");
}

BOOST_AUTO_TEST_SUITE_END()
