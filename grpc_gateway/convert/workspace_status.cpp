#include "grpc_gateway/convert/workspace_status.hpp"

#include "core/public_text.hpp"
#include "grpc_gateway/convert/timestamp.hpp"
#include "model/duration.hpp"

// Older clients read the fields that are deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace berth::gateway {

namespace {

wsman::WorkspaceConditionBool flag(bool value) {
  return value ? wsman::TRUE : wsman::FALSE;
}

void fill_metadata(const workspace_record& record,
                   wsman::WorkspaceMetadata& out) {
  const auto& spec = record.spec;
  out.set_owner(spec.owner);
  out.set_meta_id(spec.meta_id);
  *out.mutable_started_at() = to_proto(record.created_at);
  out.mutable_annotations()->insert(spec.annotations.begin(),
                                    spec.annotations.end());
  if (spec.team)
    out.set_team(*spec.team);
  if (spec.project)
    out.set_project(*spec.project);
  if (record.image_bytes > 0) {
    auto& image = *out.mutable_metrics()->mutable_image();
    auto bytes = static_cast<int64_t>(record.image_bytes);
    image.set_total_size(bytes);
    image.set_workspace_image_size(bytes);
  }
}

/// Clients judge a prebuild by the first STOPPING that says how it ended, and
/// take the snapshot from there: both texts come together.
bool awaits_snapshot(const workspace_record& record) {
  return record.spec.type == workspace_type::prebuild
         && record.phase == phase::stopping && record.owes_backup();
}

void fill_conditions(const workspace_record& record,
                     wsman::WorkspaceConditions& out) {
  const auto& from = record.conditions;
  out.set_failed(public_text(from.failed));
  out.set_timeout(from.timeout);
  if (!awaits_snapshot(record))
    out.set_headless_task_failed(from.headless_task_failed);
  out.set_snapshot(from.snapshot);
  out.set_pulling_images(flag(from.pulling_images));
  out.set_service_exists(flag(from.deployed && record.phase != phase::stopped));
  out.set_final_backup_complete(flag(from.final_backup_complete));
  out.set_deployed(flag(from.deployed));
  out.set_network_not_ready(flag(from.network_not_ready));
  out.set_stopped_by_request(flag(from.stopped_by_request));
  out.set_aborted(flag(from.aborted));
  if (from.first_user_activity)
    *out.mutable_first_user_activity() = to_proto(*from.first_user_activity);
}

/// One entry a kind: of several, the last one counts.
wsman::InitializerMetric* metric_called(const std::string& kind,
                                        wsman::InitializerMetrics& out) {
  if (kind == "git")
    return out.mutable_git();
  if (kind == "fileDownload")
    return out.mutable_file_download();
  if (kind == "snapshot")
    return out.mutable_snapshot();
  if (kind == "fromBackup")
    return out.mutable_backup();
  if (kind == "prebuild")
    return out.mutable_prebuild();
  return kind == "composite" ? out.mutable_composite() : nullptr;
}

void fill_metrics(const std::vector<initializer_metric>& metrics,
                  wsman::InitializerMetrics& out) {
  for (const auto& metric : metrics)
    if (auto* entry = metric_called(metric.kind, out)) {
      *entry->mutable_duration() = to_proto(metric.took);
      entry->set_size(metric.bytes);
    }
}

template <class List>
void copy(const std::vector<std::string>& from, List* to) {
  to->Assign(from.begin(), from.end());
}

} // namespace

result<status_projection> status_projection::make(const settings& settings) {
  auto ports = url_template::parse(settings.ingress.port_url, url_kind::port);
  if (!ports)
    return std::move(ports.error());
  return status_projection{settings, std::move(*ports)};
}

status_projection::status_projection(const settings& settings,
                                     url_template ports)
  : host_(settings.ingress.host), port_url_(std::move(ports)),
    regular_timeout_(settings.timeouts.regular),
    closed_timeout_(settings.timeouts.after_close) {}

void status_projection::fill_spec(const workspace_record& record,
                                  wsman::WorkspaceSpec& out) const {
  const auto& spec = record.spec;
  out.set_workspace_image(spec.image);
  out.set_deprecated_ide_image(spec.ide_web_ref);
  out.mutable_ide_image()->set_web_ref(spec.ide_web_ref);
  out.mutable_ide_image()->set_supervisor_ref(spec.ide_supervisor_ref);
  copy(spec.ide_layers, out.mutable_ide_image_layers());
  out.set_class_(spec.class_id);
  out.set_headless(spec.is_headless());
  out.set_url(record.url);
  out.set_type(static_cast<wsman::WorkspaceType>(spec.type));
  out.set_timeout(format_duration(spec.timeout.value_or(regular_timeout_)));
  out.set_closed_timeout(
    format_duration(spec.closed_timeout.value_or(closed_timeout_)));
  for (const auto& port : spec.ports) {
    auto& shown = *out.add_exposed_ports();
    shown.set_port(port.number);
    shown.set_target(port.number);
    shown.set_visibility(port.is_public ? wsman::PORT_VISIBILITY_PUBLIC
                                        : wsman::PORT_VISIBILITY_PRIVATE);
    shown.set_protocol(port.https ? wsman::PORT_PROTOCOL_HTTPS
                                  : wsman::PORT_PROTOCOL_HTTP);
    shown.set_url(
      port_url_.render({spec.id, spec.meta_id, host_, port.number}));
  }
}

wsman::WorkspaceStatus
status_projection::operator()(const workspace_record& record) const {
  auto out = wsman::WorkspaceStatus{};
  out.set_id(record.spec.id);
  out.set_status_version(record.version);
  fill_metadata(record, *out.mutable_metadata());
  fill_spec(record, *out.mutable_spec());
  out.set_phase(static_cast<wsman::WorkspacePhase>(record.phase));
  fill_conditions(record, *out.mutable_conditions());
  out.set_message(public_text(record.message));
  if (record.repo)
    *out.mutable_repo() = to_proto(*record.repo);
  if (!record.node_name.empty()) {
    out.mutable_runtime()->set_node_name(record.node_name);
    out.mutable_runtime()->set_pod_name(pod_name(record.spec));
    out.mutable_runtime()->set_node_ip(record.node_ip);
  }
  out.mutable_auth()->set_admission(record.spec.admit_everyone
                                      ? wsman::ADMIT_EVERYONE
                                      : wsman::ADMIT_OWNER_ONLY);
  out.mutable_auth()->set_owner_token(record.owner_token);
  if (!record.initializer_metrics.empty())
    fill_metrics(record.initializer_metrics,
                 *out.mutable_initializer_metrics());
  return out;
}

std::string pod_name(const workspace_spec& spec) {
  switch (spec.type) {
    case workspace_type::prebuild: return "prebuild-" + spec.id;
    case workspace_type::imagebuild: return "imagebuild-" + spec.id;
    default: return "ws-" + spec.id;
  }
}

contentservice::GitStatus to_proto(const git_status& from) {
  auto out = contentservice::GitStatus{};
  out.set_branch(from.branch);
  out.set_latest_commit(from.latest_commit);
  copy(from.uncommitted_files, out.mutable_uncommited_files());
  copy(from.untracked_files, out.mutable_untracked_files());
  copy(from.unpushed_commits, out.mutable_unpushed_commits());
  out.set_total_uncommited_files(from.total_uncommitted_files);
  out.set_total_untracked_files(from.total_untracked_files);
  out.set_total_unpushed_commits(from.total_unpushed_commits);
  return out;
}

} // namespace berth::gateway
