#pragma once

#include "actors/images/api.hpp"
#include "grpc_gateway/open_streams.hpp"

#include <caf/actor_system.hpp>
#include <grpcpp/grpcpp.h>

#include <filesystem>

#include "berth/v1/node.pb.h"

namespace berth::gateway {

/// What an `Image` says of a stored image.
v1::Image to_proto(const stored_image&);

/// One client of `ImportImage`. The archive goes to a file without a name, so
/// that nothing of a broken upload is left, then to the image store.
class image_upload final
  : public grpc::ServerReadReactor<v1::ImportImageRequest>,
    public closable,
    public std::enable_shared_from_this<image_upload> {
public:
  static constexpr uint64_t max_bytes = uint64_t{64} << 30;

  image_upload(caf::actor_system& system, image_store_actor images,
               std::filesystem::path directory,
               grpc::CallbackServerContext* ctx,
               v1::ImportImageResponse* response);

  /// Keeps itself alive until gRPC is done with it.
  void open();

  void close(const grpc::Status& why) override;

  void OnReadDone(bool ok) override;
  void OnDone() override;

private:
  void finish(const grpc::Status&);
  void read();
  void save_piece();
  result<void> write_piece();
  void import();

  caf::actor_system& system_;
  image_store_actor images_;
  std::filesystem::path directory_;
  grpc::CallbackServerContext* ctx_;
  v1::ImportImageResponse* response_;
  std::shared_ptr<image_upload> self_;
  v1::ImportImageRequest piece_;
  std::mutex mutex_;
  bool finished_ = false;
  // Touched by one job at a time.
  sys::shared_fd file_;
  std::string name_;
  uint64_t bytes_ = 0;
};

} // namespace berth::gateway
