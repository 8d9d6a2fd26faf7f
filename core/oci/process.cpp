#include "core/oci/process.hpp"

#include "core/iws/id_map.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace berth {

namespace {

using nlohmann::json;
using namespace nlohmann::literals;
using namespace std::string_literals;

/// Of the workspace's own user namespace; none of them reaches out of it.
constexpr std::array own_capabilities{
  "CAP_AUDIT_WRITE", "CAP_CHOWN",      "CAP_DAC_OVERRIDE",     "CAP_FOWNER",
  "CAP_FSETID",      "CAP_KILL",       "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
  "CAP_SETFCAP",     "CAP_SETGID",     "CAP_SETPCAP",          "CAP_SETUID",
  "CAP_SYS_CHROOT",  "CAP_SYS_PTRACE",
};

/// Of this machine; what the stock client's container is bounded by.
constexpr std::array compatible_capabilities{
  "CAP_AUDIT_WRITE",      "CAP_FSETID",     "CAP_KILL",
  "CAP_NET_BIND_SERVICE", "CAP_SYS_PTRACE",
};

constexpr auto capability_to_end = "CAP_KILL";

constexpr uint64_t usual_open_files = 65536;

/// Whoever is killed first when the machine runs out of memory, it is not the
/// node service.
constexpr int oom_score = 500;

constexpr const char* default_path
  = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

json capabilities_of(container_kind kind, bool is_root) {
  auto is_own = kind == container_kind::own;
  auto bounding
    = is_own ? json(own_capabilities) : json(compatible_capabilities);
  auto held = is_own && is_root ? bounding : json::array();
  return {{"bounding", bounding},
          {"effective", held},
          {"permitted", held},
          {"inheritable", json::array()},
          {"ambient", json::array()}};
}

json capabilities_of_init(container_kind kind) {
  auto all = capabilities_of(kind, true);
  if (kind == container_kind::compatible)
    for (auto* set : {"effective", "permitted", "inheritable", "ambient"})
      all[set] = json::array({capability_to_end});
  return all;
}

json limits_of(const container_spec& spec) {
  auto limit = [](const char* type, uint64_t soft, uint64_t hard) {
    return json{{"type", type}, {"soft", soft}, {"hard", hard}};
  };
  // A crash would start the host's core handler, as root, on a file a
  // workspace chose.
  return {limit("RLIMIT_CORE", spec.core_limit, spec.core_limit),
          limit("RLIMIT_NOFILE", std::min(usual_open_files, spec.open_files),
                spec.open_files)};
}

struct user_ids {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// As the OCI runtime is told: ids of the container's user namespace, if it has
/// one, else those of this machine. Nothing for an id that no file can have.
std::optional<json> user_in(container_kind kind, user_ids who) {
  if (kind == container_kind::compatible) {
    auto map = disk_map(kind, 0);
    auto uid = host_id(map, who.uid), gid = host_id(map, who.gid);
    if (!uid || !gid)
      return std::nullopt;
    who = {*uid, *gid};
  }
  return json{{"uid", who.uid}, {"gid", who.gid}};
}

/// That of the container with this config.
container_kind kind_in(const json& config) {
  return config.contains("/linux/uidMappings"_json_pointer)
           ? container_kind::own
           : container_kind::compatible;
}

std::optional<uint32_t> id_in(std::string_view text) {
  auto value = uint32_t{0};
  auto end = text.data() + text.size();
  auto [at, err] = std::from_chars(text.data(), end, value);
  if (err != std::errc{} || at != end || value >= ids_of_workspace)
    return std::nullopt;
  return value;
}

/// Names other than these two would have to be looked up in a file that the
/// workspace owns.
std::optional<user_ids> user_called(std::string_view name) {
  if (name.empty())
    return user_ids{workspace_uid, workspace_gid};
  if (name == "root")
    return user_ids{};
  auto colon = name.find(':');
  auto uid = id_in(name.substr(0, colon));
  auto gid
    = colon == std::string_view::npos ? uid : id_in(name.substr(colon + 1));
  if (!uid || !gid)
    return std::nullopt;
  return user_ids{*uid, *gid};
}

bool has_zero_byte(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

std::string name_of(std::string_view entry) {
  return std::string{entry.substr(0, entry.find('='))};
}

void set_default(std::vector<std::string>& env, const char* name,
                 const char* value) {
  auto is_it = [name](const std::string& it) { return name_of(it) == name; };
  if (std::none_of(env.begin(), env.end(), is_it))
    env.push_back(name + "="s + value);
}

} // namespace

std::vector<std::string> merged_env(std::vector<std::string> base,
                                    const std::vector<env_var>& add) {
  for (const auto& [name, value] : add) {
    if (name.empty() || name.find('=') != std::string::npos
        || has_zero_byte(name) || has_zero_byte(value))
      continue;
    auto entry = name + "=" + value;
    auto same
      = std::find_if(base.begin(), base.end(), [&name = name](const auto& it) {
          return name_of(it) == name;
        });
    if (same == base.end())
      base.push_back(std::move(entry));
    else
      *same = std::move(entry);
  }
  return base;
}

json init_process(const container_spec& spec) {
  auto image_env = std::vector<env_var>{};
  for (const auto& entry : spec.image.env)
    if (auto equals = entry.find('='); equals != std::string::npos)
      image_env.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  auto env = merged_env(merged_env({}, image_env), spec.env);
  set_default(env, "PATH", default_path);
  set_default(env, "HOME", workspace_home);
  auto is_user = spec.kind == container_kind::compatible && spec.headless;
  auto user = is_user ? user_ids{workspace_uid, workspace_gid} : user_ids{};
  return {{"terminal", false},
          {"user", *user_in(spec.kind, user)},
          {"args", {init_inside}},
          {"cwd", "/workspace"},
          {"env", env},
          {"capabilities", capabilities_of_init(spec.kind)},
          {"rlimits", limits_of(spec)},
          {"oomScoreAdj", oom_score},
          // sudo must be able to become root of the workspace.
          {"noNewPrivileges", false}};
}

result<std::string> exec_process(std::string_view config,
                                 const exec_spec& what) {
  auto user = user_called(what.user);
  if (what.argv.empty() || what.argv.front().empty()
      || std::any_of(what.argv.begin(), what.argv.end(), has_zero_byte))
    return make_error(ec::invalid_argument, "no command");
  if (!what.cwd.empty() && (what.cwd.front() != '/' || has_zero_byte(what.cwd)))
    return make_error(ec::invalid_argument,
                      "not an absolute path: " + what.cwd);
  auto all = parse_json_or_discard(config);
  if (!all.is_object() || !all.contains("process"))
    return make_error(ec::internal, "unreadable container config");
  auto kind = kind_in(all);
  auto ids = user ? user_in(kind, *user) : std::nullopt;
  if (!ids)
    return make_error(ec::invalid_argument, "no such user: " + what.user);
  auto process = all["process"];
  auto env = what.container_env
               ? *what.container_env
               : process["env"].get<std::vector<std::string>>();
  if (user->uid == 0)
    env = merged_env(std::move(env), {{"HOME", "/root"}});
  if (what.terminal)
    set_default(env, "TERM", "xterm-256color");
  process["env"] = merged_env(std::move(env), what.env);
  auto args = std::vector<std::string>{init_inside, "exec"};
  args.insert(args.end(), what.argv.begin(), what.argv.end());
  process["args"] = args;
  process["terminal"] = what.terminal.has_value();
  if (what.terminal)
    process["consoleSize"]
      = {{"height", what.terminal->rows}, {"width", what.terminal->cols}};
  process["user"] = *ids;
  process["capabilities"] = capabilities_of(kind, user->uid == 0);
  if (!what.cwd.empty())
    process["cwd"] = what.cwd;
  return print_json_lossy(process);
}

} // namespace berth
