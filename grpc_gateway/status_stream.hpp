#pragma once

#include "actors/events/api.hpp"
#include "grpc_gateway/call_metrics.hpp"
#include "grpc_gateway/log_feed.hpp"
#include "grpc_gateway/open_streams.hpp"
#include "grpc_gateway/outbox.hpp"
#include "grpc_gateway/status_cache.hpp"

#include <grpcpp/grpcpp.h>

#include <unordered_map>

namespace berth::gateway {

/// One client of `Subscribe`. It is offered every change and never makes the
/// one who offers wait: what the client has not read yet is queued. A newer
/// status replaces a queued one of the same instance and phase; statuses that
/// differ from the last one in their version only are left out. A client that
/// falls more than `max_queued` changes behind still gets those, then
/// RESOURCE_EXHAUSTED. If it asked for it, it also gets the output of headless
/// workspaces, as fast as it reads: of each, one piece at most is queued.
class status_stream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                            public status_listener,
                            public closable,
                            public std::enable_shared_from_this<status_stream> {
public:
  static constexpr size_t max_queued = 250;
  /// The first status of each instance does not count as a change: a newcomer
  /// is told of all there are at once. Of those, this many at most.
  static constexpr size_t max_first = 16'384;

  /// `trace_id` comes back in the header of every response; may be empty.
  status_stream(std::shared_ptr<status_cache> cache,
                std::shared_ptr<call_metrics> metrics,
                const std::string& trace_id);

  /// Tells the output of headless workspaces, too.
  void follow_logs(caf::actor_system& system, workspace_manager_actor manager);

  /// Keeps itself alive until gRPC is done with it.
  void open();

  bool offer(const record_ptr&) override;
  bool is_gone() const override { return !box_.is_open(); }
  void close(const grpc::Status& why) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

private:
  struct item {
    uint64_t instance = 0; ///< hash of its id
    berth::phase phase{};
    bool is_first = false;
    grpc::ByteBuffer bytes;
    /// Of output: what is to be done once it is written; else nothing.
    std::function<void()> then;
    bool is_output = false;
  };

  using box = outbox<item>;

  void act(box::step);
  bool is_news(uint64_t instance, uint64_t fingerprint, bool& is_first);
  bool enqueue(std::deque<item>& queue, item next);
  void tell_output(const record_ptr& of, std::vector<std::string> texts,
                   std::function<void()> read_on);
  grpc::ByteBuffer with_header(grpc::Slice payload) const;

  std::shared_ptr<status_cache> cache_;
  std::shared_ptr<call_metrics> metrics_;
  grpc::Slice header_; ///< encoded field of the response; may be empty
  std::unique_ptr<log_feed> logs_;
  box box_;
  std::shared_ptr<status_stream> self_;
  // Only touched by `offer`. Two generations, so that it stays bounded: what
  // is forgotten is at worst sent twice.
  std::unordered_map<uint64_t, uint64_t> last_, last_before_;
};

} // namespace berth::gateway
