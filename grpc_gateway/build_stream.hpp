#pragma once

#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/outbox.hpp"
#include "model/build_record.hpp"
#include "model/error.hpp"

#include <grpcpp/grpcpp.h>

#include <memory>

#include "image-builder-api/imgbuilder.pb.h"

namespace berth::gateway {

/// One client of `Build`. That it goes changes nothing for the build.
class build_stream final
  : public grpc::ServerWriteReactor<builder::BuildResponse>,
    public closable,
    public std::enable_shared_from_this<build_stream> {
public:
  /// Keeps itself alive until gRPC is done with it.
  void open() { self_ = shared_from_this(); }

  /// Says how the build stands; ends after one that is done, or with the error
  /// it was refused with. Thread-safe.
  void offer(const result<build_record>&);

  void close(const grpc::Status& why) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { self_.reset(); }

private:
  using box = outbox<builder::BuildResponse>;

  void act(box::step);

  box box_;
  std::shared_ptr<build_stream> self_;
};

} // namespace berth::gateway
