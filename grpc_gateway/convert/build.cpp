#include "grpc_gateway/convert/build.hpp"

#include "core/builds/build_key.hpp"
#include "core/builds/build_path.hpp"
#include "core/images/reference.hpp"
#include "core/public_text.hpp"
#include "grpc_gateway/convert/build_source.hpp"
#include "grpc_gateway/convert/spec_fields.hpp"
#include "model/ids.hpp"

namespace berth::gateway {

namespace {

builder::BuildStatus status_of(build_phase phase) {
  switch (phase) {
    case build_phase::done_success: return builder::done_success;
    case build_phase::done_failure: return builder::done_failure;
    default: return builder::running;
  }
}

std::string told_reference(const build_record& record) {
  auto digest = reference_by_digest(record);
  return digest.empty() ? record.reference : digest;
}

/// What it is at, for people.
std::string told_message(const build_record& record) {
  if (is_done(record.phase) || !record.message.empty())
    return record.message;
  return to_string(record.phase);
}

} // namespace

result<build_request> to_build_request(const builder::BuildRequest& request,
                                       const settings& all) {
  if (!request.has_source())
    return refused("build source is missing");
  auto out = build_request{};
  out.owner = request.triggered_by();
  if (!out.owner.empty() && !is_valid_id(out.owner))
    return refused("triggered_by is no valid id");
  for (const auto* reference :
       {&request.base_image_name_resolved(), &request.supervisor_ref()})
    if (!reference->empty() && !parse_image_reference(*reference))
      return refused("base_image_name_resolved or supervisor_ref is no image "
                     "reference");
  auto source = to_build_source(request.source(), out.owner, all);
  if (!source)
    return source.error();
  if (auto* file = std::get_if<dockerfile_source>(&*source))
    if (auto paths = build_paths(*file); !paths)
      return paths.error();
  out.source = std::move(*source);
  out.auth = to_build_auth(request.auth());
  out.force = request.force_rebuild();
  out.resolved_base = request.base_image_name_resolved();
  out.use_retry_client = request.use_retry_client();
  return out;
}

builder::BuildInfo to_build_info(const build_record& record) {
  auto out = builder::BuildInfo{};
  out.set_ref(told_reference(record));
  out.set_status(status_of(record.phase));
  out.set_started_at(std::chrono::duration_cast<std::chrono::seconds>(
                       record.started_at.time_since_epoch())
                       .count());
  out.set_base_ref(record.base_reference);
  out.set_build_id(record.id);
  return out;
}

builder::BuildResponse to_build_response(const build_record& record) {
  auto out = builder::BuildResponse{};
  out.set_ref(told_reference(record));
  out.set_status(status_of(record.phase));
  out.set_message(public_text(told_message(record)));
  out.set_base_ref(record.base_reference);
  *out.mutable_info() = to_build_info(record);
  return out;
}

} // namespace berth::gateway
