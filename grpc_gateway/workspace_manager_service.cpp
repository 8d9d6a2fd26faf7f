#include "grpc_gateway/workspace_manager_service.hpp"

#include "actors/ask.hpp"
#include "core/rfc3339.hpp"
#include "grpc_gateway/convert/text.hpp"
#include "grpc_gateway/convert/workspace_spec.hpp"
#include "grpc_gateway/malformed_requests.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/refused_stream.hpp"
#include "grpc_gateway/status_stream.hpp"
#include "grpc_gateway/unary.hpp"
#include "grpc_gateway/weak_listener.hpp"

#include <google/protobuf/io/coded_stream.h>

namespace berth::gateway {

namespace {

constexpr auto longest_trace_id = size_t{256};
constexpr auto maintenance_patience = std::chrono::seconds{30};

/// Of several values, one; empty if there is none.
std::string metadata_value(const grpc::CallbackServerContext& ctx,
                           const char* key) {
  const auto& all = ctx.client_metadata();
  auto found = all.find(key);
  return found == all.end()
           ? std::string{}
           : std::string{found->second.data(), found->second.size()};
}

/// The message in `bytes`, nothing if there is none.
template <class Request>
std::shared_ptr<const Request> parse(const grpc::ByteBuffer& bytes) {
  auto copy = bytes; // shares the bytes; parsing consumes the buffer
  auto request = std::make_shared<Request>();
  auto parsed
    = grpc::SerializationTraits<Request>::Deserialize(&copy, request.get());
  return parsed.ok() ? request : nullptr;
}

grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* ctx,
                                 const grpc::Status& status) {
  auto* rpc = ctx->DefaultReactor();
  rpc->Finish(status);
  return rpc;
}

/// `DescribeWorkspaceResponse.lastActivity`, which follows the status.
grpc::Slice encode_last_activity(const workspace_record& record) {
  if (!record.last_activity)
    return {};
  auto text = to_rfc3339(*record.last_activity);
  auto bytes = std::string{"\x12"}; // field 2, length-delimited
  bytes += static_cast<char>(text.size());
  return grpc::Slice{bytes + text};
}

stop_policy to_policy(wsman::StopWorkspacePolicy policy) {
  switch (policy) {
    case wsman::IMMEDIATELY: return stop_policy::immediately;
    case wsman::ABORT: return stop_policy::abort;
    default: return stop_policy::normally;
  }
}

} // namespace

workspace_manager_service::workspace_manager_service(
  caf::actor_system& system, const settings& settings, front_door& door,
  status_projection projection, std::shared_ptr<call_metrics> metrics,
  workspace_manager_actor manager, event_bus_actor bus,
  maintenance_actor maintenance,
  std::shared_ptr<const published_records> published)
  : system_(system), settings_(settings), metrics_(std::move(metrics)),
    door_(door), cache_(std::make_shared<status_cache>(std::move(projection))),
    manager_(std::move(manager)), bus_(std::move(bus)),
    maintenance_(std::move(maintenance)), published_(std::move(published)) {}

grpc::ServerUnaryReactor* workspace_manager_service::StartWorkspace(
  context* ctx, const wsman::StartWorkspaceRequest* request,
  wsman::StartWorkspaceResponse* response) {
  return unary<start_accepted>(
    door_, "/wsman.WorkspaceManager/StartWorkspace", ctx, *request,
    [this, request](const answer<start_accepted>& to) {
      auto order = to_start_order(*request, settings_);
      if (!order)
        return refuse_start(to, order.error());
      tell_actor(manager_,
                 start_workspace{std::make_shared<const workspace_spec>(
                                   std::move(order->spec)),
                                 std::move(order->secrets), to});
    },
    [response](start_accepted&& accepted) {
      response->set_url(std::move(accepted.url));
      response->set_owner_token(std::move(accepted.owner_token));
    });
}

void workspace_manager_service::refuse_start(const answer<start_accepted>& to,
                                             const caf::error& why) {
  auto decide = [to, why](const result<maintenance>& now) {
    if (now && now->is_on)
      to.refuse(ec::failed_precondition, under_maintenance);
    else
      to.refuse(why);
  };
  ask(system_, maintenance_, get_maintenance{}, maintenance_patience,
      answer<maintenance>{decide});
}

grpc::ServerUnaryReactor* workspace_manager_service::StopWorkspace(
  context* ctx, const wsman::StopWorkspaceRequest* request,
  wsman::StopWorkspaceResponse*) {
  return unary<done>(
    door_, "/wsman.WorkspaceManager/StopWorkspace", ctx, *request,
    [this, request](const answer<done>& to) {
      tell_actor(manager_, stop_workspace{request->id(),
                                          to_policy(request->policy()), to});
    },
    [](done) {});
}

grpc::ServerUnaryReactor* workspace_manager_service::DescribeWorkspace(
  context* ctx, const grpc::ByteBuffer* bytes, grpc::ByteBuffer* response) {
  auto request = parse<wsman::DescribeWorkspaceRequest>(*bytes);
  if (!request)
    return finish(ctx, malformed_request());
  constexpr auto method = "/wsman.WorkspaceManager/DescribeWorkspace";
  auto write = [this, response](const record_ptr& record) {
    grpc::Slice parts[]
      = {cache_->encode(record).bytes, encode_last_activity(*record)};
    *response = grpc::ByteBuffer{parts, parts[1].size() > 0 ? 2u : 1u};
  };
  auto known = published_ ? published_->find(request->id()) : nullptr;
  if (known && !door_.limits(method)) {
    auto written = contained([&] { write(known); });
    return finish(ctx, written ? grpc::Status::OK : to_status(written.error()));
  }
  return unary<record_ptr>(
    door_, method, ctx, *request,
    [this, request](const answer<record_ptr>& to) {
      tell_actor(manager_, describe_workspace{request->id(), to});
    },
    write);
}

grpc::ServerUnaryReactor* workspace_manager_service::GetWorkspaces(
  context* ctx, const grpc::ByteBuffer* bytes, grpc::ByteBuffer* response) {
  auto request = parse<wsman::GetWorkspacesRequest>(*bytes);
  if (!request)
    return finish(ctx, malformed_request());
  return unary<std::vector<record_ptr>>(
    door_, "/wsman.WorkspaceManager/GetWorkspaces", ctx, *request,
    [this, request](const answer<std::vector<record_ptr>>& to) {
      tell_actor(manager_,
                 get_workspaces{to_filter(request->must_match()), to});
    },
    [this, response](const std::vector<record_ptr>& records) {
      auto parts = std::vector<grpc::Slice>{};
      parts.reserve(records.size());
      for (const auto& record : records)
        parts.push_back(cache_->encode(record).bytes);
      *response = grpc::ByteBuffer{parts.data(), parts.size()};
    });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>*
workspace_manager_service::Subscribe(context* ctx,
                                     const grpc::ByteBuffer* bytes) {
  using refused = refused_stream<grpc::ServerWriteReactor<grpc::ByteBuffer>>;
  auto request = parse<wsman::SubscribeRequest>(*bytes);
  if (!request)
    return new refused{malformed_request()};
  return opened<refused>(
    [&]() -> status_stream* {
      auto trace = metadata_value(*ctx, "uber-trace-id");
      auto stream = std::make_shared<status_stream>(
        cache_, metrics_, is_line(trace, longest_trace_id) ? trace : "");
      if (metadata_value(*ctx, logs_key) == "true")
        stream->follow_logs(system_, manager_);
      if (!streams_.add(stream))
        return nullptr;
      stream->open();
      tell_actor(bus_, subscribe{to_filter(request->must_match()),
                                 std::make_shared<weak_listener>(stream)});
      return stream.get();
    },
    {grpc::StatusCode::RESOURCE_EXHAUSTED,
     "too many subscribers, or shutting down"});
}

grpc::ServerUnaryReactor*
workspace_manager_service::MarkActive(context* ctx,
                                      const wsman::MarkActiveRequest* request,
                                      wsman::MarkActiveResponse*) {
  return unary<done>(
    door_, "/wsman.WorkspaceManager/MarkActive", ctx, *request,
    [this, request](const answer<done>& to) {
      tell_actor(manager_, mark_active{request->id(), request->closed(),
                                       request->ignore_if_active(), to});
    },
    [](done) {});
}

grpc::ServerUnaryReactor* workspace_manager_service::TakeSnapshot(
  context* ctx, const wsman::TakeSnapshotRequest* request,
  wsman::TakeSnapshotResponse* response) {
  return unary<snapshot_taken>(
    door_, "/wsman.WorkspaceManager/TakeSnapshot", ctx, *request,
    [this, request](const answer<snapshot_taken>& to) {
      tell_actor(manager_, take_snapshot{request->id(),
                                         request->return_immediately(), to});
    },
    [response](snapshot_taken&& taken) {
      response->set_url(std::move(taken.url));
    });
}

grpc::ServerUnaryReactor* workspace_manager_service::BackupWorkspace(
  context* ctx, const wsman::BackupWorkspaceRequest* request,
  wsman::BackupWorkspaceResponse* response) {
  return unary<backup_taken>(
    door_, "/wsman.WorkspaceManager/BackupWorkspace", ctx, *request,
    [this, request](const answer<backup_taken>& to) {
      tell_actor(manager_, backup_workspace{request->id(), to});
    },
    [response](backup_taken&& taken) {
      response->set_url(std::move(taken.url));
    });
}

} // namespace berth::gateway
