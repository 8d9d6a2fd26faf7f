#pragma once

#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace berth::e2e {

using daemon_stub = wsdaemon::WorkspaceContentService::Stub;

/// What another node's manager does with berthd.
struct content_daemon : service {
  git_server server{dir()};

  template <class Request, class Response>
  grpc::Status call(grpc::Status (daemon_stub::*method)(grpc::ClientContext*,
                                                        const Request&,
                                                        Response*),
                    const Request& request, Response& response) {
    auto give_up = std::chrono::system_clock::now() + std::chrono::seconds{60};
    for (;;) {
      auto ctx = grpc::ClientContext{};
      ctx.set_deadline(give_up);
      auto status = (content().*method)(&ctx, request, &response);
      // A moment after a start; there is no event for it.
      if (!status.error_message().starts_with("recovering"))
        return status;
      std::this_thread::yield();
    }
  }

  static wsdaemon::InitWorkspaceRequest request_of(const std::string& id,
                                                   const std::string& meta) {
    auto request = wsdaemon::InitWorkspaceRequest{};
    request.set_id(id);
    request.mutable_metadata()->set_owner("anna");
    request.mutable_metadata()->set_meta_id(meta);
    return request;
  }

  grpc::Status init(const wsdaemon::InitWorkspaceRequest& request) {
    auto response = wsdaemon::InitWorkspaceResponse{};
    return call(&daemon_stub::InitWorkspace, request, response);
  }

  grpc::Status init_git(const std::string& id, const std::string& meta) {
    auto request = request_of(id, meta);
    auto& git = *request.mutable_initializer()->mutable_git();
    git.set_remote_uri(server.url());
    git.set_checkout_location("project");
    git.mutable_config();
    return init(request);
  }

  grpc::Status wait(const std::string& id) {
    auto request = wsdaemon::WaitForInitRequest{};
    auto response = wsdaemon::WaitForInitResponse{};
    request.set_id(id);
    return call(&daemon_stub::WaitForInit, request, response);
  }

  bool exists(const std::string& id) {
    auto request = wsdaemon::IsWorkspaceExistsRequest{};
    auto response = wsdaemon::IsWorkspaceExistsResponse{};
    request.set_id(id);
    auto status = call(&daemon_stub::IsWorkspaceExists, request, response);
    BOOST_TEST(status.ok(), status.error_message());
    return response.exists();
  }

  grpc::Status dispose(const std::string& id, bool backup,
                       wsdaemon::DisposeWorkspaceResponse& response) {
    auto request = wsdaemon::DisposeWorkspaceRequest{};
    request.set_id(id);
    request.set_backup(backup);
    return call(&daemon_stub::DisposeWorkspace, request, response);
  }

  grpc::Status dispose(const std::string& id, bool backup) {
    auto response = wsdaemon::DisposeWorkspaceResponse{};
    return dispose(id, backup, response);
  }

  std::filesystem::path place(const std::string& id) const {
    return state() / "content" / id;
  }

  /// Writes a file as the workspace's user would, who has an idmapped mount.
  void write(const std::string& id, const std::string& name,
             const std::string& text) const {
    auto path = place(id) / name;
    std::ofstream{path} << text;
    BOOST_REQUIRE(::chown(path.c_str(), 33333, 33333) == 0);
  }

  static std::string read(const std::filesystem::path& path) {
    auto file = std::ifstream{path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  bool quarantine_is_empty() const {
    auto err = std::error_code{};
    return std::filesystem::is_empty(state() / "quarantine", err) || err;
  }
};

} // namespace berth::e2e
