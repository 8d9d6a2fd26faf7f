#pragma once

#include "grpc_gateway/acceptor.hpp"
#include "grpc_gateway/image_builder_service.hpp"
#include "grpc_gateway/node_service.hpp"
#include "grpc_gateway/tls_watch.hpp"
#include "grpc_gateway/workspace_content_service.hpp"
#include "grpc_gateway/workspace_manager_service.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>

namespace berth::gateway {

/// The gRPC door of the node: one server with a TCP and a unix listener, the
/// services of the platform, health and reflection. Serves from `start` to
/// `stop` or its end. The actor system and its actors must outlive it.
class gateway {
public:
  /// Listens on `settings.grpc.address` (port 0: any free one) and, if it is
  /// set, on `settings.grpc.unix_socket`, mode 0660. Health says NOT_SERVING
  /// until `set_serving(true)`.
  static result<std::unique_ptr<gateway>>
  start(caf::actor_system&, std::shared_ptr<const settings>, node_service_deps);

  ~gateway();

  /// Host and port as bound.
  const std::string& address() const { return address_; }

  /// What the health service says from now on. Thread-safe.
  void set_serving(bool);

  /// Takes no further calls, ends all streams with UNAVAILABLE and lets the
  /// other calls finish for at most `grace`. Again: no effect.
  void stop(std::chrono::nanoseconds grace);

private:
  gateway(caf::actor_system&, std::shared_ptr<const settings>,
          node_service_deps, status_projection);

  result<void> listen();
  /// Binds the listeners and says to `builder` what comes in there.
  result<void> open_doors(grpc::ServerBuilder& builder);

  std::shared_ptr<const settings> settings_;
  std::shared_ptr<call_metrics> calls_;
  front_door door_;
  workspace_manager_service workspaces_;
  workspace_content_service content_;
  image_builder_service builder_;
  node_service node_;
  std::string address_;
  std::unique_ptr<tls_watch> tls_; ///< null: without; outlives who reads it
  acceptor acceptor_;
  std::unique_ptr<grpc::Server> server_;
  bool stopped_ = false;
};

} // namespace berth::gateway
