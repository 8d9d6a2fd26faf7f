#include "grpc_gateway/node_service.hpp"

#include "actors/ask.hpp"
#include "core/rfc3339.hpp"
#include "grpc_gateway/exec_stream.hpp"
#include "grpc_gateway/image_upload.hpp"
#include "grpc_gateway/log_stream.hpp"
#include "grpc_gateway/machine.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/refused_stream.hpp"
#include "grpc_gateway/unary.hpp"
#include "grpc_gateway/weak_listener.hpp"

#include <algorithm>

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto image_deadline = 1min;
constexpr auto maintenance_deadline = 30s;

grpc::Status too_many_streams() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          "too many streams, or shutting down"};
}

v1::DoctorCheck::Level to_level(doctor_check::level level) {
  switch (level) {
    case doctor_check::level::ok: return v1::DoctorCheck::OK;
    case doctor_check::level::warning: return v1::DoctorCheck::WARNING;
    case doctor_check::level::failure: return v1::DoctorCheck::FAILURE;
  }
  return v1::DoctorCheck::FAILURE;
}

/// What `SetMaintenance` asks for: a time that is ahead, or none.
result<announce_maintenance_until>
to_announcement(const v1::SetMaintenanceRequest& request) {
  if (request.enabled_until().empty())
    return announce_maintenance_until{};
  auto end = parse_rfc3339(request.enabled_until());
  if (!end)
    return make_error(ec::invalid_argument,
                      "enabled_until: " + describe(end.error()));
  if (*end <= std::chrono::system_clock::now())
    return make_error(ec::invalid_argument, "enabled_until is not ahead");
  return announce_maintenance_until{*end};
}

void write(const maintenance& found, v1::Maintenance& into) {
  into.set_enabled(found.is_on);
  if (found.until)
    into.set_enabled_until(to_rfc3339(*found.until));
}

} // namespace

node_service::node_service(caf::actor_system& system, const settings& settings,
                           front_door& door, node_service_deps deps)
  : system_(system), settings_(settings), door_(door), deps_(std::move(deps)) {}

void node_service::set_address(std::string address) {
  auto lock = std::lock_guard{mutex_};
  address_ = std::move(address);
}

std::string node_service::address() {
  auto lock = std::lock_guard{mutex_};
  return address_;
}

grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecResponse>*
node_service::Exec(context*) {
  using refused = refused_stream<
    grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecResponse>>;
  return opened<refused>(
    [&]() -> exec_stream* {
      auto stream
        = std::make_shared<exec_stream>(deps_.manager, deps_.processes);
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      return stream.get();
    },
    too_many_streams());
}

grpc::ServerWriteReactor<v1::LogsResponse>*
node_service::Logs(context*, const v1::LogsRequest* request) {
  using refused = refused_stream<grpc::ServerWriteReactor<v1::LogsResponse>>;
  return opened<refused>(
    [&]() -> log_stream* {
      auto stream = std::make_shared<log_stream>(system_, request->id(),
                                                 request->follow());
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      if (request->follow())
        tell_actor(deps_.bus,
                   subscribe{{}, std::make_shared<weak_listener>(stream)});
      tell_actor(deps_.manager,
                 find_log{request->id(),
                          answer<log_path>{[stream](result<log_path> found) {
                            stream->start(std::move(found));
                          }}});
      return stream.get();
    },
    too_many_streams());
}

grpc::ServerReadReactor<v1::ImportImageRequest>*
node_service::ImportImage(context* ctx, v1::ImportImageResponse* response) {
  using refused
    = refused_stream<grpc::ServerReadReactor<v1::ImportImageRequest>>;
  return opened<refused>(
    [&]() -> image_upload* {
      auto stream = std::make_shared<image_upload>(
        system_, deps_.images, settings_.node.state_dir, ctx, response);
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      return stream.get();
    },
    too_many_streams());
}

grpc::ServerUnaryReactor*
node_service::ListImages(context* ctx, const v1::ListImagesRequest* request,
                         v1::ListImagesResponse* response) {
  return unary<image_list>(
    door_, "/berth.v1.Node/ListImages", ctx, *request,
    [this](const answer<image_list>& to) {
      ask(system_, deps_.images, list_images{}, image_deadline, to);
    },
    [response](image_list&& list) {
      std::sort(list.images.begin(), list.images.end(),
                [](auto& a, auto& b) { return a.name < b.name; });
      for (const auto& image : list.images)
        *response->add_images() = to_proto(image);
    });
}

grpc::ServerUnaryReactor*
node_service::RemoveImage(context* ctx, const v1::RemoveImageRequest* request,
                          v1::RemoveImageResponse*) {
  return unary<done>(
    door_, "/berth.v1.Node/RemoveImage", ctx, *request,
    [this, request](const answer<done>& to) {
      ask(system_, deps_.images, remove_image{request->name()}, image_deadline,
          to);
    },
    [](done) {});
}

grpc::ServerUnaryReactor*
node_service::NodeInfo(context* ctx, const v1::NodeInfoRequest* request,
                       v1::NodeInfoResponse* response) {
  return unary<v1::NodeInfoResponse>(
    door_, "/berth.v1.Node/NodeInfo", ctx, *request,
    [this](const answer<v1::NodeInfoResponse>& to) {
      auto counted = answer<std::vector<record_ptr>>{
        [this, to](result<std::vector<record_ptr>> records) {
          if (!records)
            return to.refuse(records.error());
          // Asking the file system may block.
          offload(system_, [this, to, records = std::move(*records)] {
            auto info = describe_machine(settings_, records);
            info.set_version(deps_.version);
            if (deps_.shortage)
              info.set_shortage(deps_.shortage());
            info.set_address(address());
            info.set_http_address(deps_.http_address);
            info.set_started_unix_ns(
              deps_.started_at.time_since_epoch().count());
            to.give(std::move(info));
          });
        }};
      tell_actor(deps_.manager, get_workspaces{{}, std::move(counted)});
    },
    [response](v1::NodeInfoResponse&& info) { response->Swap(&info); });
}

grpc::ServerUnaryReactor* node_service::Doctor(context* ctx,
                                               const v1::DoctorRequest* request,
                                               v1::DoctorResponse* response) {
  using checks = std::vector<doctor_check>;
  return unary<checks>(
    door_, "/berth.v1.Node/Doctor", ctx, *request,
    [this](const answer<checks>& to) {
      offload(system_, [this, to] {
        auto looked = contained([&] { to.give(deps_.doctor()); });
        if (!looked)
          to.refuse(looked.error());
      });
    },
    [response](checks&& found) {
      for (auto& check : found) {
        auto& out = *response->add_checks();
        out.set_name(std::move(check.name));
        out.set_level(to_level(check.found));
        out.set_finding(std::move(check.finding));
        out.set_fix(std::move(check.fix));
      }
    });
}

grpc::ServerUnaryReactor*
node_service::GetMaintenance(context* ctx,
                             const v1::GetMaintenanceRequest* request,
                             v1::Maintenance* response) {
  return unary<maintenance>(
    door_, "/berth.v1.Node/GetMaintenance", ctx, *request,
    [this](const answer<maintenance>& to) {
      ask(system_, deps_.maintenance, get_maintenance{}, maintenance_deadline,
          to);
    },
    [response](const maintenance& found) { write(found, *response); });
}

grpc::ServerUnaryReactor*
node_service::SetMaintenance(context* ctx,
                             const v1::SetMaintenanceRequest* request,
                             v1::Maintenance* response) {
  return unary<done>(
    door_, "/berth.v1.Node/SetMaintenance", ctx, *request,
    [this, request](const answer<done>& to) {
      auto what = to_announcement(*request);
      if (!what)
        return to.refuse(what.error());
      ask(system_, deps_.maintenance, *what, maintenance_deadline, to);
    },
    [request, response](done) {
      response->set_enabled(!request->enabled_until().empty());
      response->set_enabled_until(request->enabled_until());
    });
}

} // namespace berth::gateway
