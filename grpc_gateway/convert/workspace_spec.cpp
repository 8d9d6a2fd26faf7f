#include "grpc_gateway/convert/workspace_spec.hpp"

#include "core/content/paths.hpp"
#include "core/environment.hpp"
#include "core/images/reference.hpp"
#include "grpc_gateway/convert/initializer.hpp"
#include "grpc_gateway/convert/spec_fields.hpp"
#include "grpc_gateway/convert/text.hpp"
#include "model/ids.hpp"

#include <array>

namespace berth::gateway {

namespace {

using wsman::StartWorkspaceRequest;

/// What the rules read and what they write.
struct draft {
  const StartWorkspaceRequest& request;
  const berth::settings& settings;
  start_order order;

  const wsman::StartWorkspaceSpec& asked() const { return request.spec(); }
  workspace_spec& spec() { return order.spec; }
};

result<void> is_complete(draft& d) {
  if (!d.request.has_metadata())
    return refused("metadata is missing");
  if (!d.request.has_spec())
    return refused("spec is missing");
  return require_git_configs(d.asked().initializer());
}

result<void> has_image(draft& d) {
  const auto& named = d.asked().workspace_image();
  const auto& image = named.empty() ? d.settings.images.default_image : named;
  if (image.empty())
    return refused("spec.workspace_image is empty");
  if (!parse_image_reference(image))
    return refused("spec.workspace_image is no image reference");
  d.spec().image = image;
  const auto& ide = d.asked().ide_image();
  d.spec().ide_web_ref
    = ide.web_ref().empty() ? d.asked().deprecated_ide_image() : ide.web_ref();
  d.spec().ide_supervisor_ref = ide.supervisor_ref();
  if (!is_line(d.spec().ide_web_ref, 1024)
      || !is_line(ide.supervisor_ref(), 1024))
    return refused("spec.ide_image is no image reference");
  const auto& layers = d.asked().ide_image_layers();
  if (layers.size() > 64)
    return refused("spec.ide_image_layers: more than 64");
  for (const auto& layer : layers)
    if (!is_line(layer, 1024))
      return refused("spec.ide_image_layers: control characters or too long");
  d.spec().ide_layers.assign(layers.begin(), layers.end());
  return {};
}

result<void> has_location(draft& d) {
  const auto& location = d.asked().workspace_location();
  if (location.empty())
    return refused("spec.workspace_location is empty");
  auto below = content_location(location);
  if (!below)
    return refused("spec.workspace_location: " + describe(below.error()));
  d.spec().workspace_location = std::move(*below);
  return {};
}

result<void> has_distinct_ports(draft& d) {
  auto ports = to_ports(d.asked().ports());
  if (!ports)
    return std::move(ports.error());
  d.spec().ports = std::move(*ports);
  return {};
}

result<void> has_initializer(draft& d) {
  if (!d.asked().has_initializer())
    return refused("spec.initializer is missing");
  return {};
}

result<void> has_flags(draft& d) {
  d.spec().feature_flags = to_feature_flags(d.asked().feature_flags());
  return {};
}

result<void> has_ids(draft& d) {
  const auto& metadata = d.request.metadata();
  if (auto fine = check_id("id", d.request.id()); !fine)
    return fine;
  if (auto fine = check_id("metadata.owner", metadata.owner()); !fine)
    return fine;
  if (auto fine = check_id("metadata.meta_id", metadata.meta_id()); !fine)
    return fine;
  d.spec().id = d.request.id();
  d.spec().owner = metadata.owner();
  d.spec().meta_id = metadata.meta_id();
  if (!is_line(metadata.team(), 256) || !is_line(metadata.project(), 256))
    return refused("metadata: control characters in team or project");
  if (metadata.has_team())
    d.spec().team = metadata.team();
  if (metadata.has_project())
    d.spec().project = metadata.project();
  return {};
}

result<void> has_type(draft& d) {
  if (!wsman::WorkspaceType_IsValid(d.request.type()))
    return refused("type " + std::to_string(d.request.type()) + " is unknown");
  d.spec().type = static_cast<workspace_type>(d.request.type());
  return {};
}

result<void> has_prefix(draft& d) {
  const auto& prefix = d.request.service_prefix();
  if (prefix.empty() && d.spec().is_headless())
    return {};
  d.spec().service_prefix = prefix;
  return check_id("service_prefix", prefix);
}

result<void> has_timeouts(draft& d) {
  auto read = [](const std::string& field, const std::string& text,
                 std::optional<duration>& into) -> result<void> {
    auto given = to_timeout(field, text);
    if (!given)
      return std::move(given.error());
    into = *given;
    return {};
  };
  if (auto fine = read("spec.timeout", d.asked().timeout(), d.spec().timeout);
      !fine)
    return fine;
  if (auto fine = read("spec.closed_timeout", d.asked().closed_timeout(),
                       d.spec().closed_timeout);
      !fine)
    return fine;
  return read("spec.maximum_lifetime", d.asked().maximum_lifetime(),
              d.spec().max_lifetime);
}

result<void> has_admission(draft& d) {
  if (!wsman::AdmissionLevel_IsValid(d.asked().admission()))
    return refused("spec.admission is unknown");
  d.spec().admit_everyone = d.asked().admission() == wsman::ADMIT_EVERYONE;
  return {};
}

result<void> has_class(draft& d) {
  const auto& classes = d.settings.classes;
  for (const auto& id :
       {d.asked().class_(), std::string{"g1-standard"}, std::string{"default"}})
    if (auto known = classes.find(id); known != classes.end()) {
      d.spec().class_id = id;
      auto annotations = to_annotations(d.request.metadata().annotations(),
                                        known->second, d.spec().feature_flags);
      if (!annotations)
        return std::move(annotations.error());
      d.spec().annotations = std::move(*annotations);
      return {};
    }
  return refused("spec.class: there is no class '" + d.asked().class_()
                 + "' and none to stand in for it");
}

/// Whoever starts workspaces reads what they are given: only what the operator
/// gives to such workspaces.
result<std::string> secret_for(const draft& d, const std::string& name) {
  auto found = d.settings.secrets.find(name);
  if (found == d.settings.secrets.end())
    return make_error(ec::not_found, "a secret that this node does not have");
  if (!found->second.for_every_type
      && d.order.spec.type != workspace_type::imagebuild)
    return make_error(ec::permission_denied,
                      "a secret that is for image builds alone");
  return found->second.value;
}

result<void> has_environment(draft& d) {
  auto user
    = to_environment("spec.envvars", d.asked().envvars(),
                     [&](const auto& name) { return secret_for(d, name); });
  if (!user)
    return std::move(user.error());
  // Of the platform's own, which are in the open.
  auto none = [](const auto&) -> result<std::string> {
    return make_error(ec::invalid_argument, "a secret");
  };
  auto system
    = to_environment("spec.sys_envvars", d.asked().sys_envvars(), none);
  if (!system)
    return std::move(system.error());
  d.spec().env = std::move(user->variables);
  d.spec().sys_env = std::move(system->variables);
  extract_protected(d.spec(), d.order.secrets, user->secret);
  return {};
}

result<void> has_identities(draft& d) {
  const auto& git = d.asked().git();
  if (!is_line(git.username(), 1024) || !is_line(git.email(), 1024))
    return refused("spec.git: control characters or too long");
  d.spec().git_user_name = git.username();
  d.spec().git_user_email = git.email();
  auto keys = to_ssh_keys("spec.ssh_public_keys", d.asked().ssh_public_keys());
  if (!keys)
    return std::move(keys.error());
  d.spec().ssh_keys = std::move(*keys);
  return {};
}

result<void> has_sound_initializer(draft& d) {
  auto parts = take_apart(d.asked().initializer(), d.spec().owner,
                          bucket_scheme{d.settings.storage.bucket},
                          d.settings.content.allow_file_urls);
  if (!parts)
    return std::move(parts.error());
  d.spec().initializer = std::move(parts->bytes);
  d.spec().checkout_locations = std::move(parts->checkout_locations);
  d.spec().initializer_is_empty = parts->is_empty;
  d.spec().snapshots = std::move(parts->snapshots);
  d.spec().prebuilds = std::move(parts->prebuilds);
  d.spec().local_repositories = std::move(parts->local_repositories);
  d.spec().repositories = std::move(parts->repositories);
  d.order.secrets.merge(std::move(parts->secrets));
  return {};
}

/// Their order is part of the API: it decides which fault a client is told of.
constexpr std::array rules{
  is_complete,
  has_image,
  has_location,
  has_distinct_ports,
  has_initializer,
  has_flags,
  has_ids,
  has_type,
  has_prefix,
  has_timeouts,
  has_admission,
  has_class,
  has_environment,
  has_identities,
  has_sound_initializer,
};

} // namespace

result<start_order> to_start_order(const StartWorkspaceRequest& request,
                                   const settings& settings) {
  auto d = draft{request, settings, {}};
  for (auto rule : rules)
    if (auto kept = rule(d); !kept)
      return kept.error();
  return std::move(d.order);
}

result<void> check_id(const std::string& field, const std::string& id) {
  if (id.empty())
    return refused(field + " is empty");
  if (!is_valid_id(id))
    return refused(field + " is no valid id");
  return {};
}

metadata_filter to_filter(const wsman::MetadataFilter& filter) {
  return {filter.owner(),
          filter.meta_id(),
          {filter.annotations().begin(), filter.annotations().end()}};
}

} // namespace berth::gateway
