#pragma once

#include "actors/workspace/api.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/outbox.hpp"
#include "grpc_gateway/valve.hpp"

#include <grpcpp/grpcpp.h>

#include <atomic>

#include "berth/v1/node.pb.h"

namespace berth::gateway {

/// One client of `Exec`: its first message starts a command in a workspace,
/// the others go to that; the command's output and exit code go back. The
/// command ends with the stream. Who does not read is waited for: the command
/// for its client, and the client for the command, with a MiB or so between
/// them in each direction.
class exec_stream final
  : public grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecResponse>,
    public closable,
    public std::enable_shared_from_this<exec_stream> {
public:
  exec_stream(workspace_manager_actor manager, process_actor processes);

  /// Keeps itself alive until gRPC is done with it.
  void open();

  void close(const grpc::Status& why) override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

private:
  using box = outbox<v1::ExecResponse>;

  void act(box::step);
  void read();
  void start(const v1::ExecStart&);
  void forward(v1::ExecRequest&);
  void read_on(size_t taken);
  bool heard(int stream, std::string bytes);
  void ended(const result<int>& code);
  session_listener listener();
  void kill();

  workspace_manager_actor manager_;
  process_actor processes_;
  const std::string token_; ///< names the session
  box box_;
  std::shared_ptr<exec_stream> self_;
  v1::ExecRequest incoming_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> tells_taken_ = false;
  valve input_;  ///< to the command
  valve output_; ///< to the client
};

} // namespace berth::gateway
