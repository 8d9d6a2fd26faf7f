#include "core/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth {

namespace {

using namespace std::string_view_literals;

/// The only variables of that prefix that a user may set; the rest are the
/// platform's to say.
constexpr std::array user_gitpod_names{
  "GITPOD_WORKSPACE_CONTEXT"sv,
  "GITPOD_WORKSPACE_CONTEXT_URL"sv,
  "GITPOD_TASKS"sv,
  "GITPOD_RESOLVED_EXTENSIONS"sv,
  "GITPOD_EXTERNAL_EXTENSIONS"sv,
  "GITPOD_WORKSPACE_CLASS_INFO"sv,
  "GITPOD_IDE_ALIAS"sv,
  "GITPOD_RLIMIT_CORE"sv,
  "GITPOD_IMAGE_AUTH"sv,
};

bool is_users_to_set(std::string_view name) {
  return !name.starts_with("GITPOD_")
         || std::find(user_gitpod_names.begin(), user_gitpod_names.end(), name)
              != user_gitpod_names.end();
}

/// The platform's own names hold no secrets of a user.
bool is_unprotected(std::string_view name) {
  if (name == "THEIA_SUPERVISOR_TOKENS")
    return false;
  for (auto prefix : {"GITPOD_"sv, "SUPERVISOR_"sv, "BOB_"sv, "THEIA_"sv})
    if (name.starts_with(prefix))
      return true;
  return name == "NODE_EXTRA_CA_CERTS" || name == "VSX_REGISTRY_URL";
}

/// A value that stands for the one of that path in the secrets.
constexpr auto stand_in = "extracted-secret/env."sv;

bool is_stand_in(const env_var& var) {
  return var.value.starts_with(stand_in);
}

std::string path_in(const env_var& var) {
  return var.value.substr(var.value.find('/') + 1);
}

/// `location` below /workspace, whether or not it says so itself.
std::string below_workspace(std::string_view location) {
  constexpr auto root = "/workspace"sv;
  if (location == root || location.starts_with("/workspace/"))
    location.remove_prefix(root.size());
  while (location.starts_with('/'))
    location.remove_prefix(1);
  auto path = std::string{root};
  if (!location.empty())
    path.append("/").append(location);
  return path;
}

std::vector<std::string> repository_roots(const workspace_spec& spec) {
  auto roots = std::vector<std::string>{};
  for (const auto& location : spec.checkout_locations)
    roots.push_back(below_workspace(location));
  if (roots.empty())
    roots.push_back("/workspace");
  return roots;
}

std::string joined(const std::vector<std::string>& parts) {
  auto text = std::string{};
  for (const auto& part : parts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

/// `wsman.WorkspaceFeatureFlag.SSH_CA`
constexpr uint32_t ssh_ca_flag = 12;

bool has_flag(const workspace_spec& spec, uint32_t flag) {
  const auto& all = spec.feature_flags;
  return std::find(all.begin(), all.end(), flag) != all.end();
}

/// Whole cores, rounded up.
uint64_t cores(const workspace_class& limits) {
  return (limits.cpu_min_millis + 999) / 1000;
}

} // namespace

void extract_protected(workspace_spec& spec, initializer_secrets& secrets,
                       const std::set<std::string>& also) {
  auto is_platforms = [&](const std::string& name) {
    if (also.contains(name))
      return false;
    return is_unprotected(name)
           || std::any_of(spec.sys_env.begin(), spec.sys_env.end(),
                          [&](const auto& var) { return var.name == name; });
  };
  for (size_t i = 0; i < spec.env.size(); ++i) {
    auto& var = spec.env[i];
    if (var.value.empty() || (is_platforms(var.name) && !is_stand_in(var)))
      continue;
    auto name = std::string{stand_in} + std::to_string(i);
    std::swap(var.value, name);
    secrets[path_in(var)] = std::move(name);
  }
}

bool is_variable_path(std::string_view path) {
  return path.starts_with("env.");
}

result<std::vector<env_var>>
protected_environment(const workspace_spec& spec,
                      const initializer_secrets& secrets) {
  auto env = std::vector<env_var>{};
  for (const auto& var : spec.env) {
    if (!is_stand_in(var) || !is_users_to_set(var.name))
      continue;
    auto found = secrets.find(path_in(var));
    if (found == secrets.end())
      return make_error(ec::data_loss, "the value of the protected variable "
                                         + var.name + " is gone");
    env.push_back({var.name, found->second});
  }
  return env;
}

std::vector<env_var> workspace_environment(const workspace_record& record,
                                           const settings& settings) {
  const auto& spec = record.spec;
  auto limits = workspace_class{};
  if (auto known = settings.classes.find(spec.class_id);
      known != settings.classes.end())
    limits = known->second;
  auto roots = repository_roots(spec);
  auto env = std::vector<env_var>{
    {"GITPOD_REPO_ROOT", roots.front()},
    {"GITPOD_REPO_ROOTS", joined(roots)},
    {"GITPOD_OWNER_ID", spec.owner},
    {"GITPOD_WORKSPACE_ID", spec.meta_id},
    {"GITPOD_INSTANCE_ID", spec.id},
    {"GITPOD_THEIA_PORT", "23000"},
    {"THEIA_WORKSPACE_ROOT", below_workspace(spec.workspace_location)},
    {"GITPOD_HOST", settings.ingress.host},
    {"GITPOD_WORKSPACE_URL", record.url},
    {"GITPOD_WORKSPACE_CLUSTER_HOST", settings.ingress.host},
    {"GITPOD_WORKSPACE_CLASS", spec.class_id},
    {"THEIA_SUPERVISOR_ENDPOINT", ":22999"},
    {"THEIA_WEBVIEW_EXTERNAL_ENDPOINT", "webview-{{hostname}}"},
    {"THEIA_MINI_BROWSER_HOST_PATTERN", "browser-{{hostname}}"},
    {"GITPOD_SSH_CA_PUBLIC_KEY", has_flag(spec, ssh_ca_flag)
                                   ? settings.ingress.ssh_ca_public_key
                                   : std::string{}},
    {"GITPOD_GIT_USER_NAME", spec.git_user_name},
    {"GITPOD_GIT_USER_EMAIL", spec.git_user_email},
  };
  env.insert(env.end(), spec.sys_env.begin(), spec.sys_env.end());
  std::copy_if(spec.env.begin(), spec.env.end(), std::back_inserter(env),
               [](const auto& var) {
                 return is_users_to_set(var.name) && !is_stand_in(var);
               });
  auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(
    settings.heartbeat_interval);
  env.push_back({"GITPOD_INTERVAL", std::to_string(interval.count())});
  env.push_back({"GITPOD_MEMORY", std::to_string(limits.memory_bytes >> 20)});
  env.push_back({"GITPOD_CPU_COUNT", std::to_string(cores(limits))});
  if (spec.is_headless())
    env.push_back({"GITPOD_HEADLESS", "true"});
  std::erase_if(
    env, [](const auto& var) { return var.name.empty() || var.value.empty(); });
  return env;
}

} // namespace berth
