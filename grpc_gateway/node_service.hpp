#pragma once

#include "actors/builds/api.hpp"
#include "actors/events/api.hpp"
#include "actors/images/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/quarantine/api.hpp"
#include "actors/resolve/api.hpp"
#include "actors/sessions/api.hpp"
#include "actors/workspace/api.hpp"
#include "core/published_records.hpp"
#include "grpc_gateway/call_metrics.hpp"
#include "grpc_gateway/doctor_check.hpp"
#include "grpc_gateway/front_door.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "model/settings.hpp"

#include "berth/v1/node.grpc.pb.h"

namespace berth::gateway {

/// Whom the node service talks to, and what it says of the program.
struct node_service_deps {
  workspace_manager_actor manager;
  event_bus_actor bus;
  image_store_actor images;
  process_actor processes;
  gateway::doctor doctor;
  std::string version;
  std::string http_address; ///< of the status page, host:port
  wall_time started_at{};
  /// Counts calls; may be null.
  std::shared_ptr<call_metrics> calls;
  /// Where a record is found without asking the manager; may be null.
  std::shared_ptr<const published_records> published;
  maintenance_actor maintenance;
  content_sessions_actor sessions;
  quarantine_actor quarantine;
  /// What the disk lacks, so that nothing starts; may be unset.
  std::function<std::string()> shortage;
  resolver_actor resolver;
  build_registry_actor builds;
};

/// `berth.v1.Node`. Methods that are not here answer UNIMPLEMENTED.
class node_service final : public v1::Node::CallbackService {
public:
  static constexpr size_t max_streams = 256; ///< Exec, Logs and ImportImage

  node_service(caf::actor_system& system, const settings& settings,
               front_door& door, node_service_deps deps);

  /// What `NodeInfo` answers as its address. Thread-safe.
  void set_address(std::string address);

  /// Ends every stream, now and in future.
  void close_streams(const grpc::Status& why) { streams_.close_all(why); }

  using context = grpc::CallbackServerContext;
  using unary_reactor = grpc::ServerUnaryReactor;

  grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecResponse>*
  Exec(context*) override;
  grpc::ServerWriteReactor<v1::LogsResponse>*
  Logs(context*, const v1::LogsRequest*) override;
  grpc::ServerReadReactor<v1::ImportImageRequest>*
  ImportImage(context*, v1::ImportImageResponse*) override;
  unary_reactor* ListImages(context*, const v1::ListImagesRequest*,
                            v1::ListImagesResponse*) override;
  unary_reactor* RemoveImage(context*, const v1::RemoveImageRequest*,
                             v1::RemoveImageResponse*) override;
  // node_quarantine.cpp
  unary_reactor* ListQuarantine(context*, const v1::ListQuarantineRequest*,
                                v1::ListQuarantineResponse*) override;
  unary_reactor* RestoreQuarantined(context*,
                                    const v1::RestoreQuarantinedRequest*,
                                    v1::RestoreQuarantinedResponse*) override;
  unary_reactor* RemoveQuarantined(context*,
                                   const v1::RemoveQuarantinedRequest*,
                                   v1::RemoveQuarantinedResponse*) override;
  unary_reactor* NodeInfo(context*, const v1::NodeInfoRequest*,
                          v1::NodeInfoResponse*) override;
  unary_reactor* Doctor(context*, const v1::DoctorRequest*,
                        v1::DoctorResponse*) override;
  unary_reactor* GetMaintenance(context*, const v1::GetMaintenanceRequest*,
                                v1::Maintenance*) override;
  unary_reactor* SetMaintenance(context*, const v1::SetMaintenanceRequest*,
                                v1::Maintenance*) override;

private:
  std::string address();

  caf::actor_system& system_;
  const settings& settings_;
  front_door& door_;
  node_service_deps deps_;
  open_streams streams_{max_streams};
  std::mutex mutex_;
  std::string address_;
};

} // namespace berth::gateway
