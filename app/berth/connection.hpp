#pragma once

#include "app/berth/arguments.hpp"
#include "model/error.hpp"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "berth/v1/node.grpc.pb.h"
#include "image-builder-api/imgbuilder.grpc.pb.h"
#include "ws-daemon-api/daemon.grpc.pb.h"
#include "ws-manager-api/core.grpc.pb.h"

namespace berth::cli {

inline constexpr auto unary_deadline = std::chrono::seconds{30};
inline constexpr auto start_deadline = std::chrono::minutes{11};

/// Where berthd listens and how it is spoken to.
struct endpoint {
  std::string address;       ///< "unix:PATH" or "host:port"
  std::string ca, cert, key; ///< PEM files; no `ca`: plain text
  std::string name; ///< that the server's certificate must bear, if another

  bool is_unix() const { return address.starts_with("unix:"); }
};

/// Of the global options, BERTH_ADDRESS and what is there, in this order.
/// `invalid_argument` for what is no address and for half a TLS setup.
result<endpoint> endpoint_from(const arguments&);

/// The services of one berthd. Nothing is dialled before the first call.
class connection {
public:
  connection(std::string address, std::shared_ptr<grpc::Channel> channel);

  /// `invalid_argument` if a TLS file cannot be read.
  static result<connection> open(const endpoint&);

  const std::string& address() const { return address_; }
  wsman::WorkspaceManager::Stub& manager() const { return *manager_; }
  v1::Node::Stub& node() const { return *node_; }
  wsdaemon::WorkspaceContentService::Stub& content() const { return *content_; }
  builder::ImageBuilder::Stub& image_builder() const { return *builder_; }

  /// Whether nobody answers at the address at all.
  bool is_unreachable() const;

private:
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<wsman::WorkspaceManager::Stub> manager_;
  std::unique_ptr<v1::Node::Stub> node_;
  std::unique_ptr<wsdaemon::WorkspaceContentService::Stub> content_;
  std::unique_ptr<builder::ImageBuilder::Stub> builder_;
};

/// One unary call with a deadline.
template <class Stub, class Request, class Response>
grpc::Status call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*,
                                               const Request&, Response*),
                  const Request& request, Response& response,
                  std::chrono::seconds deadline = unary_deadline) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  return (stub.*method)(&context, request, &response);
}

} // namespace berth::cli
