#include "app/berth/start_request.hpp"

#include "app/berth/content_source.hpp"
#include "app/berth/names.hpp"
#include "app/berth/text.hpp"
#include "model/duration.hpp"

namespace berth::cli {

namespace {

constexpr flag start_options[] = {
  git_flag,
  git_user_flag,
  snapshot_flag,
  backup_flag,
  empty_flag,
  {"image", 0, "REF",
   "what to run; else BERTH_IMAGE, the only local image, or berthd's default"},
  {"class", 0, "CLASS", "resources, as the node's configuration names them"},
  {"type", 0, "TYPE", "regular (the default), prebuild or ghost"},
  {"env", 'e', "NAME=VALUE", "an environment variable; repeatable"},
  {"port", 'p', "N[:public]", "expose a port; repeatable"},
  {"timeout", 0, "DURATION", "stop after so long without activity: 30m, 1h30m"},
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
  if (auto failed = set_timeout(given, spec))
    return failed;
  return request;
}

} // namespace berth::cli
