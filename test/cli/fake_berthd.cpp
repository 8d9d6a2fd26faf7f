#include "test/cli/fake_berthd.hpp"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>

namespace berth::test {

fake_berthd::fake_berthd() {
  std::string pattern = "/tmp/berth-cli-XXXXXX";
  dir_ = ::mkdtemp(pattern.data());
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
  builder.RegisterService(static_cast<wsman::WorkspaceManager::Service*>(this));
  builder.RegisterService(static_cast<v1::Node::Service*>(this));
  builder.RegisterService(
    static_cast<wsdaemon::WorkspaceContentService::Service*>(this));
  builder.RegisterService(static_cast<builder::ImageBuilder::Service*>(this));
  server_ = builder.BuildAndStart();
}

fake_berthd::~fake_berthd() {
  {
    std::lock_guard lock{mutex_};
    is_over_ = true;
  }
  changed_.notify_all();
  server_->Shutdown();
  server_.reset();
  std::filesystem::remove_all(dir_);
}

std::string fake_berthd::address() const {
  return "unix:" + (dir_ / "berthd.sock").string();
}

void fake_berthd::publish(wsman::WorkspaceStatus status) {
  {
    std::lock_guard lock{mutex_};
    status.set_status_version(history_.size() + 1);
    history_.push_back(std::move(status));
  }
  changed_.notify_all();
}

grpc::Status
fake_berthd::ResolveBaseImage(context*,
                              const builder::ResolveBaseImageRequest* request,
                              builder::ResolveBaseImageResponse* reply) {
  resolved = *request;
  if (request->ref() == "none")
    return {grpc::StatusCode::NOT_FOUND, "cannot resolve image"};
  reply->set_ref(request->ref() + "@sha256:0");
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::InitWorkspace(context*,
                           const wsdaemon::InitWorkspaceRequest* request,
                           wsdaemon::InitWorkspaceResponse*) {
  initialized = *request;
  return content_refusal;
}

grpc::Status
fake_berthd::WaitForInit(context*, const wsdaemon::WaitForInitRequest* request,
                         wsdaemon::WaitForInitResponse*) {
  note(*request);
  return content_refusal;
}

grpc::Status
fake_berthd::TakeSnapshot(context*,
                          const wsdaemon::TakeSnapshotRequest* request,
                          wsdaemon::TakeSnapshotResponse* reply) {
  reply->set_url("snapshot@bucket");
  note(*request);
  return content_refusal;
}

grpc::Status
fake_berthd::BackupWorkspace(context*,
                             const wsdaemon::BackupWorkspaceRequest* request,
                             wsdaemon::BackupWorkspaceResponse* reply) {
  reply->set_url("full@bucket");
  note(*request);
  return content_refusal;
}

grpc::Status
fake_berthd::DisposeWorkspace(context*,
                              const wsdaemon::DisposeWorkspaceRequest* request,
                              wsdaemon::DisposeWorkspaceResponse* reply) {
  reply->mutable_git_status()->set_branch("main");
  reply->mutable_git_status()->set_total_untracked_files(2);
  note(*request);
  return content_refusal;
}

grpc::Status fake_berthd::GetWorkspaces(context*,
                                        const wsman::GetWorkspacesRequest*,
                                        wsman::GetWorkspacesResponse* reply) {
  std::lock_guard lock{mutex_};
  std::map<std::string, wsman::WorkspaceStatus> newest;
  for (const auto& status : history_)
    newest[status.id()] = status;
  for (const auto& [id, status] : newest)
    *reply->add_status() = status;
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::StartWorkspace(context*,
                            const wsman::StartWorkspaceRequest* request,
                            wsman::StartWorkspaceResponse* reply) {
  started = *request;
  reply->set_url("http://" + request->service_prefix() + ".example");
  for (auto status : after_start) {
    status.set_id(request->id());
    *status.mutable_metadata() = request->metadata();
    publish(std::move(status));
  }
  return grpc::Status::OK;
}

grpc::Status fake_berthd::StopWorkspace(context*,
                                        const wsman::StopWorkspaceRequest*,
                                        wsman::StopWorkspaceResponse*) {
  for (const auto& status : after_stop)
    publish(status);
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::DescribeWorkspace(context*,
                               const wsman::DescribeWorkspaceRequest* request,
                               wsman::DescribeWorkspaceResponse* reply) {
  std::lock_guard lock{mutex_};
  for (const auto& status : history_)
    if (status.id() == request->id()) {
      // As it was at first: what came later is the stream's to tell.
      *reply->mutable_status() = status;
      return grpc::Status::OK;
    }
  return {grpc::StatusCode::NOT_FOUND, "workspace does not exist"};
}

grpc::Status fake_berthd::note(const google::protobuf::Message& request) {
  asked = request.ShortDebugString();
  return grpc::Status::OK;
}

grpc::Status fake_berthd::MarkActive(context*,
                                     const wsman::MarkActiveRequest* request,
                                     wsman::MarkActiveResponse*) {
  return note(*request);
}

grpc::Status fake_berthd::SetTimeout(context*,
                                     const wsman::SetTimeoutRequest* request,
                                     wsman::SetTimeoutResponse*) {
  return note(*request);
}

grpc::Status
fake_berthd::ControlAdmission(context*,
                              const wsman::ControlAdmissionRequest* request,
                              wsman::ControlAdmissionResponse*) {
  return note(*request);
}

grpc::Status
fake_berthd::UpdateSSHKey(context*, const wsman::UpdateSSHKeyRequest* request,
                          wsman::UpdateSSHKeyResponse*) {
  return note(*request);
}

grpc::Status fake_berthd::ControlPort(context*,
                                      const wsman::ControlPortRequest* request,
                                      wsman::ControlPortResponse*) {
  if (request->expose()) {
    std::lock_guard lock{mutex_};
    auto& port = *history_.front().mutable_spec()->add_exposed_ports();
    port = request->spec();
    port.set_url("http://" + std::to_string(port.port()) + ".example");
  }
  return note(*request);
}

grpc::Status
fake_berthd::TakeSnapshot(context*, const wsman::TakeSnapshotRequest* request,
                          wsman::TakeSnapshotResponse* reply) {
  reply->set_url("snapshot@bucket");
  return note(*request);
}

grpc::Status
fake_berthd::BackupWorkspace(context*,
                             const wsman::BackupWorkspaceRequest* request,
                             wsman::BackupWorkspaceResponse* reply) {
  reply->set_url("full@bucket");
  return note(*request);
}

grpc::Status
fake_berthd::DescribeCluster(context*, const wsman::DescribeClusterRequest*,
                             wsman::DescribeClusterResponse* reply) {
  for (const auto* id : {"default", "large"}) {
    auto& one = *reply->add_workspace_classes();
    one.set_id(id);
    one.set_display_name("The " + one.id());
    one.set_description("4 vCPU");
  }
  reply->set_preferred_workspace_class("large");
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::Subscribe(context* call, const wsman::SubscribeRequest*,
                       grpc::ServerWriter<wsman::SubscribeResponse>* writer) {
  std::unique_lock lock{mutex_};
  for (size_t told = 0; !is_over_ && !call->IsCancelled();) {
    for (; told < history_.size(); ++told) {
      wsman::SubscribeResponse update;
      *update.mutable_status() = history_[told];
      writer->Write(update);
    }
    changed_.wait_for(lock, std::chrono::milliseconds{10});
  }
  return grpc::Status::CANCELLED;
}

grpc::Status fake_berthd::Exec(
  context*, grpc::ServerReaderWriter<v1::ExecResponse, v1::ExecRequest>* peer) {
  v1::ExecRequest request;
  v1::ExecResponse reply;
  while (peer->Read(&request) && !request.input_end()) {
    if (request.has_start())
      executed = request.start();
    if (request.signal() == SIGHUP) {
      ++hangups;
    } else if (request.has_signal()) {
      reply.set_exit_code(100 + request.signal());
      peer->Write(reply);
      return grpc::Status::OK;
    }
    if (!request.has_input())
      continue;
    reply.set_input_taken(request.input().size());
    peer->Write(reply);
    // As `cat` would: a terminal's end of file is a character.
    reply.set_stdout(request.input());
    peer->Write(reply);
    if (request.input().find('\4') != std::string::npos)
      break;
  }
  reply.set_stderr("so far");
  peer->Write(reply);
  reply.set_exit_code(42);
  peer->Write(reply);
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::ImportImage(context*,
                         grpc::ServerReader<v1::ImportImageRequest>* reader,
                         v1::ImportImageResponse* reply) {
  v1::ImportImageRequest piece;
  while (reader->Read(&piece)) {
    imported_name += piece.name();
    imported_bytes += piece.chunk();
  }
  reply->mutable_image()->set_name(imported_name);
  return grpc::Status::OK;
}

grpc::Status fake_berthd::ListImages(context*, const v1::ListImagesRequest*,
                                     v1::ListImagesResponse* reply) {
  for (const auto& image : images)
    *reply->add_images() = image;
  return grpc::Status::OK;
}

grpc::Status fake_berthd::Doctor(context*, const v1::DoctorRequest*,
                                 v1::DoctorResponse* reply) {
  for (const auto& check : checks)
    *reply->add_checks() = check;
  return grpc::Status::OK;
}

grpc::Status fake_berthd::ListQuarantine(context*,
                                         const v1::ListQuarantineRequest*,
                                         v1::ListQuarantineResponse* reply) {
  for (const auto& each : quarantined)
    *reply->add_contents() = each;
  return content_refusal;
}

grpc::Status
fake_berthd::RestoreQuarantined(context*,
                                const v1::RestoreQuarantinedRequest* request,
                                v1::RestoreQuarantinedResponse* reply) {
  note(*request);
  reply->set_backup("full@bucket");
  return content_refusal;
}

grpc::Status
fake_berthd::RemoveQuarantined(context*,
                               const v1::RemoveQuarantinedRequest* request,
                               v1::RemoveQuarantinedResponse*) {
  note(*request);
  return content_refusal;
}

grpc::Status fake_berthd::GetMaintenance(context*,
                                         const v1::GetMaintenanceRequest*,
                                         v1::Maintenance* reply) {
  *reply = maintenance;
  return grpc::Status::OK;
}

grpc::Status
fake_berthd::SetMaintenance(context*, const v1::SetMaintenanceRequest* request,
                            v1::Maintenance* reply) {
  maintenance.set_enabled(!request->enabled_until().empty());
  maintenance.set_enabled_until(request->enabled_until());
  *reply = maintenance;
  return grpc::Status::OK;
}

wsman::WorkspaceStatus status_of(const std::string& id, const std::string& meta,
                                 wsman::WorkspacePhase phase) {
  wsman::WorkspaceStatus status;
  status.set_id(id);
  status.mutable_metadata()->set_meta_id(meta);
  status.mutable_metadata()->set_owner("ann");
  status.set_phase(phase);
  return status;
}

} // namespace berth::test
