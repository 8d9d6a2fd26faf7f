#include "actors/ask.hpp"
#include "grpc_gateway/node_service.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/patient_call.hpp"

namespace berth::gateway {

namespace {

/// The sizes of big contents take their time.
constexpr auto quarantine_deadline = std::chrono::minutes{15};

void write(const quarantined_content& found, v1::QuarantinedContent& into) {
  into.set_name(found.name);
  into.set_instance_id(found.note.instance);
  into.set_owner(found.note.owner);
  into.set_meta_id(found.note.meta_id);
  into.set_why(found.note.why);
  into.set_since_unix_ns(found.note.since_ns);
  into.set_bytes(found.bytes);
  into.set_files(found.files);
  into.set_backup(found.note.backup);
  into.set_restored_unix_ns(found.note.restored_ns);
}

} // namespace

grpc::ServerUnaryReactor*
node_service::ListQuarantine(context* ctx,
                             const v1::ListQuarantineRequest* request,
                             v1::ListQuarantineResponse* response) {
  return unary<quarantine_listing>(
    door_, "/berth.v1.Node/ListQuarantine", ctx, *request,
    [this](const answer<quarantine_listing>& to) {
      ask(system_, deps_.quarantine, list_quarantine{}, quarantine_deadline,
          to);
    },
    [response](const quarantine_listing& all) {
      for (const auto& each : all.contents)
        write(each, *response->add_contents());
    });
}

grpc::ServerUnaryReactor*
node_service::RestoreQuarantined(context* ctx,
                                 const v1::RestoreQuarantinedRequest* request,
                                 v1::RestoreQuarantinedResponse* response) {
  return patient<std::string>(
    door_, "/berth.v1.Node/RestoreQuarantined", ctx, *request,
    [this, request](const answer<std::string>& to) {
      tell_actor(deps_.quarantine,
                 restore_quarantined{request->name(), request->owner(),
                                     request->meta_id(), to});
    },
    [response](std::string&& backup) {
      response->set_backup(std::move(backup));
    });
}

grpc::ServerUnaryReactor*
node_service::RemoveQuarantined(context* ctx,
                                const v1::RemoveQuarantinedRequest* request,
                                v1::RemoveQuarantinedResponse*) {
  return patient<done>(
    door_, "/berth.v1.Node/RemoveQuarantined", ctx, *request,
    [this, request](const answer<done>& to) {
      tell_actor(deps_.quarantine, remove_quarantined{request->name(), to});
    },
    [](done) {});
}

} // namespace berth::gateway
