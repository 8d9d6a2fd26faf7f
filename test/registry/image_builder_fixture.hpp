#pragma once

#include "actors/images/api.hpp"
#include "actors/process/api.hpp"
#include "actors/resolve/api.hpp"
#include "grpc_gateway/server.hpp"
#include "test/support/registry_server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace berth::test {

/// The gateway and the resolver behind it, whose workers run in real sandboxes
/// and ask a real registry.
class image_builder_fixture {
public:
  image_builder_fixture();
  ~image_builder_fixture();

  struct said {
    grpc::StatusCode code = grpc::StatusCode::OK;
    std::string why, reference, base;
    builder::BuildStatus status = builder::unknown;
    std::chrono::duration<double, std::milli> took{};
  };

  said resolve(const std::string& reference,
               const builder::BuildRegistryAuth& auth = {});
  said resolve(const builder::ResolveWorkspaceImageRequest&);

  /// "127.0.0.1:<port>/<path>"
  std::string name(const std::string& path) const;

  registry_server registry{{.wants_login = true}};
  image_list here; ///< the images of the node

private:
  struct config : caf::actor_system_config {
    config();
  };

  std::filesystem::path dir_;
  std::shared_ptr<settings> all_ = std::make_shared<settings>();
  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  process_actor process_;
  image_store_actor images_;
  resolver_actor resolver_;
  std::unique_ptr<gateway::gateway> gateway_;
  std::unique_ptr<builder::ImageBuilder::Stub> stub_;
};

} // namespace berth::test
