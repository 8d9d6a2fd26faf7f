#pragma once

#include <grpcpp/grpcpp.h>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "berth/v1/node.grpc.pb.h"
#include "ws-daemon-api/daemon.grpc.pb.h"
#include "ws-manager-api/core.grpc.pb.h"

namespace berth::e2e {

/// What a finished program said.
struct outcome {
  int code = -1;
  std::string text; ///< stdout and stderr together
};

/// Runs a program to its end.
outcome run(const std::vector<std::string>& argv);

/// Whether workspaces of this run have compatible containers: what is true of
/// both kinds is tried in both (BERTH_TEST_KIND).
bool has_compatible_containers();

/// What id(1) prints for the workspace's user, who is 33333 in a container of
/// Berth's own and in the rings of a compatible one.
std::string workspace_uid();

/// A real berthd on a state directory of its own, and clients of its services.
/// It ends, with everything it made, when this does.
class service {
public:
  /// `more` is appended to the configuration, `grpc` to its section of that
  /// name. Its state is in `where`, if that is given.
  explicit service(const std::string& more = "", const std::string& grpc = "",
                   const std::filesystem::path& where = {});
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  ~service();

  const std::filesystem::path& dir() const { return dir_; }
  const std::filesystem::path& state() const { return state_; }
  std::filesystem::path run_dir() const { return dir_ / "run"; }
  pid_t pid() const { return pid_; }

  /// Starts berthd and waits until it serves.
  void begin();
  /// SIGTERM; its exit code.
  int end();
  /// kill -9.
  void crash();

  wsman::WorkspaceManager::Stub& manager() { return *manager_; }
  v1::Node::Stub& node() { return *node_; }
  wsdaemon::WorkspaceContentService::Stub& content() { return *content_; }

  /// Imports the test image as `base`: busybox, git, and `programs` in /bin.
  void import_base(const std::vector<std::filesystem::path>& programs = {});

  /// A request for a regular workspace `id` with empty content.
  static wsman::StartWorkspaceRequest request(const std::string& id);
  grpc::Status start(const wsman::StartWorkspaceRequest&);
  grpc::Status stop(const std::string& id,
                    wsman::StopWorkspacePolicy = wsman::NORMALLY);
  /// Nothing if there is none of that id.
  std::optional<wsman::WorkspaceStatus> describe(const std::string& id);
  std::vector<wsman::WorkspaceStatus> list();

  /// Waits, by the status stream, until `id` is in `phase` or beyond it
  /// stopped; the status then. Fails the test after `limit`.
  wsman::WorkspaceStatus
  await(const std::string& id, wsman::WorkspacePhase phase,
        std::chrono::seconds limit = std::chrono::seconds{60});

  /// Starts it and keeps what the status stream says of it, until STOPPED.
  /// `on_update` sees each as it comes.
  std::vector<wsman::WorkspaceStatus>
  watch_life(const wsman::StartWorkspaceRequest&,
             const std::function<void(const wsman::WorkspaceStatus&)>& on_update
             = nullptr);

  /// A command in a workspace, as its user if no other is named.
  outcome exec(const std::string& id, std::vector<std::string> argv,
               std::chrono::seconds limit = std::chrono::seconds{60},
               const std::string& user = "");

  std::string log_text() const;

private:
  void await_recovery();

  std::filesystem::path dir_, state_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<wsman::WorkspaceManager::Stub> manager_;
  std::unique_ptr<v1::Node::Stub> node_;
  std::unique_ptr<wsdaemon::WorkspaceContentService::Stub> content_;
  pid_t pid_ = -1;
};

/// One that has an image to start workspaces from.
struct furnished_service : service {
  explicit furnished_service(const std::string& more = "") : service(more) {
    import_base();
  }
};

/// A git repository behind a real web server on loopback.
class git_server {
public:
  /// With `password`, it serves nobody but "anna" who knows it.
  explicit git_server(const std::filesystem::path& dir,
                      const std::string& password = "");
  git_server(const git_server&) = delete;
  git_server& operator=(const git_server&) = delete;
  ~git_server();

  /// With one commit on `main` (README.md, "hello") and a branch `feature`.
  std::string url() const;

  /// It takes requests and does not answer until `go_on`.
  void hold() const;
  void go_on() const;

private:
  std::filesystem::path dir_;
  int port_ = 0;
  pid_t pid_ = -1;
};

/// A fresh id: "t<pid>-<n>".
std::string fresh_id();

} // namespace berth::e2e
