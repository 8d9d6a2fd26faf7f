#include "app/berth/start_request.hpp"

#include "app/berth/content_source.hpp"
#include "app/berth/names.hpp"
#include "app/berth/public_keys.hpp"
#include "app/berth/text.hpp"
#include "model/duration.hpp"

#include <map>
#include <sstream>
#include <utility>

namespace berth::cli {

namespace {

constexpr flag start_options[] = {
  git_flag,
  git_user_flag,
  full_clone_flag,
  git_filter_flag,
  snapshot_flag,
  backup_flag,
  empty_flag,
  {"image", 0, "REF",
   "what to run; else BERTH_IMAGE, the only local image, or berthd's default"},
  {"class", 0, "CLASS", "resources, as the node's configuration names them"},
  {"type", 0, "TYPE",
   "regular (the default), prebuild, imagebuild, probe or ghost"},
  {"env", 'e', "NAME=VALUE", "an environment variable; repeatable"},
  {"secret-env", 0, "NAME=SECRET/KEY",
   "one with a value that the node's configuration has; repeatable"},
  {"port", 'p', "N[:public][:https]", "expose a port; repeatable"},
  {"admit", 0, "WHO", "owner (the default) or everyone"},
  {"ssh-key", 0, "FILE",
   "of public keys that open it, - for stdin; repeatable"},
  {"timeout", 0, "DURATION", "stop after so long without activity: 30m, 1h30m"},
  {"closed-timeout", 0, "DURATION", "the same once its user has closed it"},
  {"max-lifetime", 0, "DURATION", "stop after so long, used or not"},
  owner_flag,
  meta_id_flag,
  {"id", 0, "UUID", "of this instance; a new one by default"},
  {"workspace-location", 0, "PATH", "what the IDE opens, below /workspace"},
  {"wait", 'w', "", "until it runs; exit code 3 if it does not come to that"},
  {"quiet", 'q', "", "with --wait: no phases on stderr"},
};

/// Fills in where the content comes from, and the names.
caf::error set_content(const arguments& given, const std::string& password,
                       wsman::StartWorkspaceRequest& request) {
  auto source = read_content_source(given, password);
  if (!source)
    return source.error();
  auto& spec = *request.mutable_spec();
  *spec.mutable_initializer() = std::move(source->initializer);
  spec.set_checkout_location(source->checkout_location);
  auto opened = source->checkout_location.empty() ? "/workspace"
                                                  : source->checkout_location;
  spec.set_workspace_location(given.value_or("workspace-location", opened));
  request.mutable_metadata()->set_owner(source->owner);
  request.mutable_metadata()->set_meta_id(source->meta_id);
  request.set_service_prefix(source->meta_id);
  request.set_id(given.value_or("id", new_uuid()));
  return refuse_if_no_id(request.id());
}

caf::error set_type(const arguments& given,
                    wsman::StartWorkspaceRequest& request) {
  static const std::map<std::string, wsman::WorkspaceType> types{
    {"regular", wsman::REGULAR},       {"prebuild", wsman::PREBUILD},
    {"imagebuild", wsman::IMAGEBUILD}, {"probe", wsman::PROBE},
    {"ghost", wsman::GHOST},
  };
  auto type = given.value_or("type", "regular");
  auto known = types.find(type);
  if (known == types.end())
    return refused("--type " + type
                   + ": expected regular, prebuild, imagebuild, probe or "
                     "ghost");
  request.set_type(known->second);
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
  for (const auto& text : given.values("secret-env")) {
    auto equals = text.find('=');
    auto slash = text.find('/', equals == text.npos ? 0 : equals);
    if (equals == text.npos || equals == 0 || slash == text.npos
        || slash == equals + 1 || slash + 1 == text.size())
      return refused("--secret-env " + text + ": expected NAME=SECRET/KEY");
    auto& variable = *spec.add_envvars();
    variable.set_name(text.substr(0, equals));
    auto& secret = *variable.mutable_secret();
    secret.set_secret_name(text.substr(equals + 1, slash - equals - 1));
    secret.set_key(text.substr(slash + 1));
  }
  return {};
}

caf::error set_ports(const arguments& given, wsman::StartWorkspaceSpec& spec) {
  for (const auto& text : given.values("port")) {
    auto words = std::istringstream{text};
    auto word = std::string{};
    std::getline(words, word, ':');
    auto number = port_number(word);
    auto is_public = false, is_private = false, is_https = false;
    auto is_known = number && !text.ends_with(':');
    while (std::getline(words, word, ':')) {
      is_public |= word == "public";
      is_private |= word == "private";
      is_https |= word == "https";
      is_known &= word == "public" || word == "private" || word == "https";
    }
    if (!is_known || (is_public && is_private))
      return refused("--port " + text + ": expected N, N:public or N:https");
    auto& port = *spec.add_ports();
    port.set_port(*number);
    port.set_visibility(is_public ? wsman::PORT_VISIBILITY_PUBLIC
                                  : wsman::PORT_VISIBILITY_PRIVATE);
    port.set_protocol(is_https ? wsman::PORT_PROTOCOL_HTTPS
                               : wsman::PORT_PROTOCOL_HTTP);
  }
  return {};
}

caf::error set_admission(const arguments& given,
                         wsman::StartWorkspaceSpec& spec) {
  auto who = given.value_or("admit", "owner");
  if (who != "owner" && who != "everyone")
    return refused("--admit " + who + ": expected owner or everyone");
  spec.set_admission(who == "everyone" ? wsman::ADMIT_EVERYONE
                                       : wsman::ADMIT_OWNER_ONLY);
  return {};
}

caf::error set_keys(const arguments& given, wsman::StartWorkspaceSpec& spec) {
  for (const auto& file : given.values("ssh-key"))
    if (auto added = add_public_keys(file, *spec.mutable_ssh_public_keys());
        !added)
      return refused("--ssh-key: " + describe(added.error()));
  return {};
}

caf::error set_timeouts(const arguments& given,
                        wsman::StartWorkspaceSpec& spec) {
  const std::pair<const char*, std::string*> limits[] = {
    {"timeout", spec.mutable_timeout()},
    {"closed-timeout", spec.mutable_closed_timeout()},
    {"max-lifetime", spec.mutable_maximum_lifetime()},
  };
  for (auto [name, to] : limits) {
    auto text = given.value(name);
    if (!text)
      continue;
    auto parsed = parse_duration(*text);
    if (!parsed || parsed->count() < 0)
      return refused("--" + std::string{name} + " " + *text
                     + ": expected 30m, 1h30m or the like");
    *to = format_duration(*parsed);
  }
  return {};
}

} // namespace

const std::span<const flag> start_flags = start_options;

result<wsman::StartWorkspaceRequest>
start_request(const arguments& given, const std::string& git_password) {
  wsman::StartWorkspaceRequest request;
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image(given.value_or("image", ""));
  spec.set_class_(given.value_or("class", ""));
  spec.mutable_ide_image(); // older managers insist on one
  if (auto failed = set_content(given, git_password, request))
    return failed;
  if (auto failed = set_type(given, request))
    return failed;
  if (auto failed = set_environment(given, spec))
    return failed;
  if (auto failed = set_ports(given, spec))
    return failed;
  if (auto failed = set_admission(given, spec))
    return failed;
  if (auto failed = set_keys(given, spec))
    return failed;
  if (auto failed = set_timeouts(given, spec))
    return failed;
  return request;
}

} // namespace berth::cli
