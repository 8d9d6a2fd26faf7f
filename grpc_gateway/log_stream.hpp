#pragma once

#include "actors/events/api.hpp"
#include "actors/runtime/api.hpp"
#include "grpc_gateway/log_reader.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/outbox.hpp"
#include "model/error.hpp"

#include <caf/actor_system.hpp>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>

namespace berth::gateway {

/// One client of `Logs`.
class log_stream final : public grpc::ServerWriteReactor<v1::LogsResponse>,
                         public status_listener,
                         public closable,
                         public std::enable_shared_from_this<log_stream> {
public:
  /// With `follow` it goes on until it was offered the STOPPED record of `id`,
  /// and what was written until then is sent.
  log_stream(caf::actor_system& system, std::string id, bool follow)
    : system_(system), id_(std::move(id)), follow_(follow) {}

  /// Keeps itself alive until gRPC is done with it.
  void open();

  /// Begins with the file at one of the paths, or ends with the error.
  void start(result<log_path> where) { reader_->start(std::move(where)); }

  bool offer(const record_ptr&) override;
  bool is_gone() const override { return !box_.is_open(); }
  void close(const grpc::Status& why) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

private:
  using box = outbox<v1::LogsResponse>;

  void act(box::step);
  void take(std::vector<v1::LogsResponse>);
  void end(const caf::error&);

  caf::actor_system& system_;
  const std::string id_;
  const bool follow_;
  box box_;
  std::shared_ptr<log_stream> self_;
  std::shared_ptr<log_reader> reader_;
  /// Pieces that are queued; the next read begins when they are written.
  std::atomic<size_t> unwritten_ = 0;
};

} // namespace berth::gateway
