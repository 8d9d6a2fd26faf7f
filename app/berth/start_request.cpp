#include "app/berth/start_request.hpp"

#include "app/berth/names.hpp"
#include "app/berth/text.hpp"
#include "model/duration.hpp"
#include "model/ids.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace berth::cli {

namespace {

constexpr flag start_options[] = {
  {"git", 0, "URL[#REF]", "clone a repository; REF is a branch or a commit"},
  {"git-user", 0, "USER",
   "log in to the git host; password from BERTH_GIT_PASSWORD"},
  {"snapshot", 0, "URL", "from what `berth snapshot` printed"},
  {"backup", 0, "OWNER/META", "from the last backup of a workspace"},
  {"empty", 0, "", "with no files (the default)"},
  {"image", 0, "REF",
   "what to run; else BERTH_IMAGE, the only local image, or berthd's default"},
  {"class", 0, "CLASS", "resources, as the node's configuration names them"},
  {"type", 0, "TYPE", "regular (the default), prebuild or ghost"},
  {"env", 'e', "NAME=VALUE", "an environment variable; repeatable"},
  {"port", 'p', "N[:public]", "expose a port; repeatable"},
  {"timeout", 0, "DURATION", "stop after so long without activity: 30m, 1h30m"},
  {"owner", 0, "OWNER", "whose workspace it is; the local user by default"},
  {"meta-id", 0, "META", "name that lives on from start to start"},
  {"id", 0, "UUID", "of this instance; a new one by default"},
  {"workspace-location", 0, "PATH", "what the IDE opens, below /workspace"},
  {"wait", 'w', "", "until it runs; exit code 3 if it does not come to that"},
  {"quiet", 'q', "", "with --wait: no phases on stderr"},
};

bool is_commit(std::string_view ref) {
  return ref.size() == 40 && std::ranges::all_of(ref, [](unsigned char c) {
           return std::isxdigit(c) != 0;
         });
}

void set_git(const arguments& given, const std::string& source,
             const std::string& password, wsman::StartWorkspaceSpec& spec) {
  auto hash = source.find('#');
  auto url = source.substr(0, hash);
  auto ref = hash == source.npos ? std::string{} : source.substr(hash + 1);
  if (url.starts_with('/'))
    url.insert(0, "file://");
  auto& git = *spec.mutable_initializer()->mutable_git();
  git.set_remote_uri(url);
  git.set_clone_taget(ref);
  git.set_target_mode(ref.empty()      ? contentservice::REMOTE_HEAD
                      : is_commit(ref) ? contentservice::REMOTE_COMMIT
                                       : contentservice::REMOTE_BRANCH);
  git.set_checkout_location(repository_name(url));
  spec.set_checkout_location(git.checkout_location());
  spec.set_workspace_location(git.checkout_location());
  auto& config = *git.mutable_config();
  config.set_authentication(contentservice::NO_AUTH);
  if (auto user = given.value("git-user")) {
    config.set_authentication(contentservice::BASIC_AUTH);
    config.set_auth_user(*user);
    config.set_auth_password(password);
  }
}

/// Fills in where the content comes from.
caf::error set_content(const arguments& given, const std::string& password,
                       wsman::StartWorkspaceRequest& request) {
  static constexpr std::array sources = {"git", "snapshot", "backup", "empty"};
  if (std::ranges::count_if(sources, [&](auto s) { return given.has(s); }) > 1)
    return refused(
      "--git, --snapshot, --backup and --empty exclude each other");
  if (given.has("git-user") && !given.has("git"))
    return refused("--git-user goes with --git");
  auto& spec = *request.mutable_spec();
  spec.set_workspace_location("/workspace");
  auto& content = *spec.mutable_initializer();
  if (auto source = given.value("git")) {
    set_git(given, *source, password, spec);
  } else if (auto url = given.value("snapshot")) {
    content.mutable_snapshot()->set_snapshot(*url);
  } else if (auto whose = given.value("backup")) {
    auto slash = whose->find('/');
    if (slash == whose->npos)
      return refused("--backup " + *whose + ": expected OWNER/META");
    request.mutable_metadata()->set_owner(whose->substr(0, slash));
    request.mutable_metadata()->set_meta_id(whose->substr(slash + 1));
    content.mutable_backup();
  } else {
    content.mutable_empty();
  }
  spec.set_workspace_location(
    given.value_or("workspace-location", spec.workspace_location()));
  return {};
}

caf::error set_names(const arguments& given,
                     wsman::StartWorkspaceRequest& request) {
  auto& metadata = *request.mutable_metadata();
  if (given.has("backup") && (given.has("owner") || given.has("meta-id")))
    return refused("--backup names owner and meta id already");
  if (metadata.owner().empty() && metadata.meta_id().empty()) {
    metadata.set_owner(given.value_or("owner", local_owner()));
    metadata.set_meta_id(given.value_or("meta-id", new_meta_id()));
  }
  request.set_id(given.value_or("id", new_uuid()));
  for (const auto& id : {request.id(), metadata.owner(), metadata.meta_id()})
    if (!is_valid_id(id))
      return refused("\"" + id + "\" is no id: letters, digits, - and _ only");
  request.set_service_prefix(metadata.meta_id());
  return {};
}

caf::error set_type(const arguments& given,
                    wsman::StartWorkspaceRequest& request) {
  auto type = given.value_or("type", "regular");
  if (type == "regular")
    request.set_type(wsman::REGULAR);
  else if (type == "prebuild")
    request.set_type(wsman::PREBUILD);
  else if (type == "ghost")
    request.set_type(wsman::GHOST);
  else
    return refused("--type " + type + ": expected regular, prebuild or ghost");
  return {};
}

caf::error set_environment(const arguments& given,
                           wsman::StartWorkspaceSpec& spec) {
  for (const auto& text : given.values("env")) {
    auto equals = text.find('=');
    if (equals == text.npos || equals == 0)
      return refused("--env " + text + ": expected NAME=VALUE");
    auto& variable = *spec.add_envvars();
    variable.set_name(text.substr(0, equals));
    variable.set_value(text.substr(equals + 1));
  }
  return {};
}

caf::error set_ports(const arguments& given, wsman::StartWorkspaceSpec& spec) {
  for (const auto& text : given.values("port")) {
    auto colon = text.find(':');
    auto number = port_number(std::string_view{text}.substr(0, colon));
    auto seen = colon == text.npos ? "private" : text.substr(colon + 1);
    if (!number || (seen != "public" && seen != "private"))
      return refused("--port " + text + ": expected N or N:public");
    auto& port = *spec.add_ports();
    port.set_port(*number);
    port.set_visibility(seen == "public" ? wsman::PORT_VISIBILITY_PUBLIC
                                         : wsman::PORT_VISIBILITY_PRIVATE);
  }
  return {};
}

caf::error set_timeout(const arguments& given,
                       wsman::StartWorkspaceSpec& spec) {
  auto text = given.value("timeout");
  if (!text)
    return {};
  auto parsed = parse_duration(*text);
  if (!parsed || parsed->count() < 0)
    return refused("--timeout " + *text + ": expected 30m, 1h30m or the like");
  spec.set_timeout(format_duration(*parsed));
  return {};
}

} // namespace

const std::span<const flag> start_flags = start_options;

std::string repository_name(std::string_view url) {
  while (url.ends_with('/'))
    url.remove_suffix(1);
  if (url.ends_with(".git"))
    url.remove_suffix(4);
  while (url.ends_with('/'))
    url.remove_suffix(1);
  auto name = std::string{url.substr(url.find_last_of("/:") + 1)};
  std::erase_if(name, [](unsigned char c) {
    return !std::isalnum(c) && c != '-' && c != '_' && c != '.';
  });
  name.erase(0, name.find_first_not_of(".-"));
  return name.empty() || name.size() > 255 ? "repository" : name;
}

result<wsman::StartWorkspaceRequest>
start_request(const arguments& given, const std::string& git_password) {
  wsman::StartWorkspaceRequest request;
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image(given.value_or("image", ""));
  spec.set_class_(given.value_or("class", ""));
  spec.mutable_ide_image(); // older managers insist on one
  if (auto failed = set_content(given, git_password, request))
    return failed;
  if (auto failed = set_names(given, request))
    return failed;
  if (auto failed = set_type(given, request))
    return failed;
  if (auto failed = set_environment(given, spec))
    return failed;
  if (auto failed = set_ports(given, spec))
    return failed;
  if (auto failed = set_timeout(given, spec))
    return failed;
  return request;
}

} // namespace berth::cli
