#pragma once

#include "actors/builds/api.hpp"
#include "core/builds/build_log.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/outbox.hpp"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "image-builder-api/imgbuilder.pb.h"

namespace berth::gateway {

/// One client of `builder.ImageBuilder/Logs`: the past, then the present, to
/// the build's end. It asks for more when what it got is written, so a slow
/// reader keeps nobody waiting and takes no memory.
class build_log_stream final
  : public grpc::ServerWriteReactor<builder::LogsResponse>,
    public closable,
    public std::enable_shared_from_this<build_log_stream> {
public:
  build_log_stream(build_registry_actor builds,
                   const builder::LogsRequest& request);

  /// Keeps itself alive until gRPC is done with it.
  void open();

  void close(const grpc::Status& why) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { self_.reset(); }

private:
  using box = outbox<builder::LogsResponse>;

  void act(box::step);
  void ask();
  void take(result<build_log_piece>);

  build_registry_actor builds_;
  std::string id_, reference_;
  bool is_censored_;
  log_censor censor_{{}};
  uint64_t next_ = 0;
  box box_;
  std::shared_ptr<build_log_stream> self_;
};

} // namespace berth::gateway
