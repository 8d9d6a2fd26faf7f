#pragma once

#include "actors/iws/api.hpp"
#include "grpc_gateway/call_metrics.hpp"
#include "grpc_gateway/doors/connection_book.hpp"
#include "grpc_gateway/doors/connection_taker.hpp"
#include "grpc_gateway/doors/in_workspace_service.hpp"
#include "grpc_gateway/doors/workspace_info_service.hpp"

#include <grpcpp/server.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace berth::gateway {

/// The sockets of all workspaces: `daemon.sock` for what a workspace may ask
/// of its node, `info.sock` for what it may know. One thread accepts at all of
/// them and sees who comes; two gRPC servers, one for each kind, do the rest.
class workspace_doors final : public service_doors {
public:
  static result<std::shared_ptr<workspace_doors>>
    start(std::shared_ptr<call_metrics>);

  ~workspace_doors() override { stop(); }

  result<void> open(const service_door&) override;
  void close(const std::string& id) override;

  /// Takes no more connections and ends those there are. Again: no effect.
  void stop();

private:
  struct listener {
    sys::fd socket;
    std::shared_ptr<const container_mark> whose;
    connection_book::step_ptr step;
    grpc::Server* to = nullptr;
  };
  using listener_ptr = std::shared_ptr<const listener>;

  explicit workspace_doors(std::shared_ptr<call_metrics>);

  std::unique_ptr<grpc::Server> make_server(grpc::Service&) const;
  result<void> watch(int socket, uint64_t number);
  result<void> open_one(const service_door&, const char* name, grpc::Server&,
                        uint64_t number);
  listener_ptr listener_of(uint64_t number) const;
  void run();
  void accept_at(const listener&);

  std::shared_ptr<call_metrics> calls_;
  connection_book book_;
  in_workspace_service requests_{book_};
  workspace_info_service infos_{book_};
  std::unique_ptr<grpc::Server> request_server_, info_server_;
  connection_taker taker_;
  sys::fd over_;   ///< an eventfd
  sys::fd events_; ///< an epoll
  mutable std::mutex mutex_;
  std::map<uint64_t, listener_ptr> listeners_; ///< by what epoll says
  std::map<std::string, uint64_t> doors_;      ///< the first of its two
  uint64_t last_number_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

} // namespace berth::gateway
