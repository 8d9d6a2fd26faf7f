#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "berth/v1/node.grpc.pb.h"
#include "image-builder-api/imgbuilder.grpc.pb.h"
#include "ws-daemon-api/daemon.grpc.pb.h"
#include "ws-manager-api/core.grpc.pb.h"

namespace berth::test {

/// A service that says what a test told it to, on a unix socket of its own.
/// Workspaces live only as statuses; each start and stop plays a script.
class fake_berthd final : public wsman::WorkspaceManager::Service,
                          public v1::Node::Service,
                          public wsdaemon::WorkspaceContentService::Service,
                          public builder::ImageBuilder::Service {
public:
  fake_berthd();
  ~fake_berthd() override;

  std::string address() const;

  /// Adds a status or replaces the one of the same id, for all to hear.
  void publish(wsman::WorkspaceStatus status);

  /// What a start and a stop lead to, one after another.
  std::vector<wsman::WorkspaceStatus> after_start, after_stop;
  wsman::StartWorkspaceRequest started; ///< the last one
  std::vector<v1::Image> images;
  std::string imported_name, imported_bytes;
  v1::ExecStart executed;
  std::atomic<int> hangups = 0; ///< HUP signals that a command got and ignored
  std::vector<v1::DoctorCheck> checks;
  std::vector<v1::QuarantinedContent> quarantined;
  v1::Maintenance maintenance; ///< as it was last set
  /// The last request about one workspace that a start and a stop are not.
  std::string asked;
  wsdaemon::InitWorkspaceRequest initialized; ///< the last one
  grpc::Status content_refusal;               ///< of every call about contents
  builder::ResolveBaseImageRequest resolved;  ///< the last one

private:
  using context = grpc::ServerContext;

  grpc::Status ResolveBaseImage(context*,
                                const builder::ResolveBaseImageRequest*,
                                builder::ResolveBaseImageResponse*) override;

  grpc::Status InitWorkspace(context*, const wsdaemon::InitWorkspaceRequest*,
                             wsdaemon::InitWorkspaceResponse*) override;
  grpc::Status WaitForInit(context*, const wsdaemon::WaitForInitRequest*,
                           wsdaemon::WaitForInitResponse*) override;
  grpc::Status TakeSnapshot(context*, const wsdaemon::TakeSnapshotRequest*,
                            wsdaemon::TakeSnapshotResponse*) override;
  grpc::Status BackupWorkspace(context*,
                               const wsdaemon::BackupWorkspaceRequest*,
                               wsdaemon::BackupWorkspaceResponse*) override;
  grpc::Status DisposeWorkspace(context*,
                                const wsdaemon::DisposeWorkspaceRequest*,
                                wsdaemon::DisposeWorkspaceResponse*) override;

  grpc::Status GetWorkspaces(context*, const wsman::GetWorkspacesRequest*,
                             wsman::GetWorkspacesResponse*) override;
  grpc::Status StartWorkspace(context*, const wsman::StartWorkspaceRequest*,
                              wsman::StartWorkspaceResponse*) override;
  grpc::Status StopWorkspace(context*, const wsman::StopWorkspaceRequest*,
                             wsman::StopWorkspaceResponse*) override;
  grpc::Status DescribeWorkspace(context*,
                                 const wsman::DescribeWorkspaceRequest*,
                                 wsman::DescribeWorkspaceResponse*) override;
  grpc::Status MarkActive(context*, const wsman::MarkActiveRequest*,
                          wsman::MarkActiveResponse*) override;
  grpc::Status SetTimeout(context*, const wsman::SetTimeoutRequest*,
                          wsman::SetTimeoutResponse*) override;
  grpc::Status ControlPort(context*, const wsman::ControlPortRequest*,
                           wsman::ControlPortResponse*) override;
  grpc::Status ControlAdmission(context*, const wsman::ControlAdmissionRequest*,
                                wsman::ControlAdmissionResponse*) override;
  grpc::Status UpdateSSHKey(context*, const wsman::UpdateSSHKeyRequest*,
                            wsman::UpdateSSHKeyResponse*) override;
  grpc::Status TakeSnapshot(context*, const wsman::TakeSnapshotRequest*,
                            wsman::TakeSnapshotResponse*) override;
  grpc::Status BackupWorkspace(context*, const wsman::BackupWorkspaceRequest*,
                               wsman::BackupWorkspaceResponse*) override;
  grpc::Status DescribeCluster(context*, const wsman::DescribeClusterRequest*,
                               wsman::DescribeClusterResponse*) override;
  grpc::Status
  Subscribe(context*, const wsman::SubscribeRequest*,
            grpc::ServerWriter<wsman::SubscribeResponse>*) override;
  grpc::Status
  Exec(context*,
       grpc::ServerReaderWriter<v1::ExecResponse, v1::ExecRequest>*) override;
  grpc::Status ImportImage(context*,
                           grpc::ServerReader<v1::ImportImageRequest>*,
                           v1::ImportImageResponse*) override;
  grpc::Status ListImages(context*, const v1::ListImagesRequest*,
                          v1::ListImagesResponse*) override;
  grpc::Status Doctor(context*, const v1::DoctorRequest*,
                      v1::DoctorResponse*) override;
  grpc::Status ListQuarantine(context*, const v1::ListQuarantineRequest*,
                              v1::ListQuarantineResponse*) override;
  grpc::Status RestoreQuarantined(context*,
                                  const v1::RestoreQuarantinedRequest*,
                                  v1::RestoreQuarantinedResponse*) override;
  grpc::Status RemoveQuarantined(context*, const v1::RemoveQuarantinedRequest*,
                                 v1::RemoveQuarantinedResponse*) override;
  grpc::Status GetMaintenance(context*, const v1::GetMaintenanceRequest*,
                              v1::Maintenance*) override;
  grpc::Status SetMaintenance(context*, const v1::SetMaintenanceRequest*,
                              v1::Maintenance*) override;

  grpc::Status note(const google::protobuf::Message& request);

  std::filesystem::path dir_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<wsman::WorkspaceStatus> history_;
  bool is_over_ = false;
  std::unique_ptr<grpc::Server> server_;
};

/// A status with what every test needs of it.
wsman::WorkspaceStatus status_of(const std::string& id, const std::string& meta,
                                 wsman::WorkspacePhase phase);

} // namespace berth::test
