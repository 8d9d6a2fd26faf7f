#include "grpc_gateway/status_stream.hpp"

#include "core/log.hpp"
#include "grpc_gateway/unary.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ws-manager-api/core.pb.h"

// The output of workspaces is for older clients.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace berth::gateway {

status_stream::status_stream(std::shared_ptr<status_cache> cache,
                             std::shared_ptr<call_metrics> metrics,
                             const std::string& trace_id)
  : cache_(std::move(cache)), metrics_(std::move(metrics)) {
  if (trace_id.empty())
    return;
  auto response = wsman::SubscribeResponse{};
  (*response.mutable_header())["uber-trace-id"] = trace_id;
  header_ = grpc::Slice{response.SerializeAsString()};
}

void status_stream::follow_logs(caf::actor_system& system,
                                workspace_manager_actor manager) {
  auto take = [self = weak_from_this()](const record_ptr& of,
                                        std::vector<std::string> texts,
                                        std::function<void()> read_on) {
    if (auto stream = self.lock())
      stream->tell_output(of, std::move(texts), std::move(read_on));
  };
  auto is_gone = [self = weak_from_this()] {
    auto stream = self.lock();
    return !stream || stream->is_gone();
  };
  logs_ = std::make_unique<log_feed>(system, std::move(manager), take, is_gone);
}

void status_stream::open() {
  self_ = shared_from_this();
  StartSendInitialMetadata();
}

bool status_stream::offer(const record_ptr& record) {
  if (is_gone())
    return false;
  if (logs_)
    logs_->heed(record);
  auto status = encoded_status{};
  auto encoded = contained([&] { status = cache_->encode(record); });
  if (!encoded) {
    log_error("status-unencodable", record->spec.id, describe(encoded.error()));
    return !is_gone();
  }
  auto next = item{std::hash<std::string>{}(record->spec.id), record->phase,
                   false, with_header(status.bytes)};
  if (!is_news(next.instance, status.fingerprint, next.is_first))
    return !is_gone();
  auto fits = true;
  act(box_.edit([&](auto& queue) { fits = enqueue(queue, std::move(next)); }));
  if (fits)
    return !is_gone();
  if (metrics_)
    metrics_->subscriber_dropped();
  act(box_.end(
    {grpc::StatusCode::RESOURCE_EXHAUSTED, "the subscriber reads too slowly"}));
  return false;
}

bool status_stream::is_news(uint64_t instance, uint64_t fingerprint,
                            bool& is_first) {
  if (last_.size() >= max_first) {
    last_before_ = std::move(last_);
    last_.clear();
  }
  auto known = last_.find(instance);
  if (known == last_.end()) {
    auto before = last_before_.find(instance);
    is_first = before == last_before_.end();
    known
      = last_.emplace(instance, is_first ? ~fingerprint : before->second).first;
  }
  return std::exchange(known->second, fingerprint) != fingerprint;
}

bool status_stream::enqueue(std::deque<item>& queue, item next) {
  if (!next.is_first) {
    auto newest = std::find_if(queue.rbegin(), queue.rend(), [&](auto& queued) {
      return queued.instance == next.instance && !queued.is_output;
    });
    if (newest != queue.rend() && newest->phase == next.phase) {
      newest->bytes = next.bytes;
      return true;
    }
  }
  auto most = next.is_first ? max_first : max_queued;
  if (queue.size() >= most) {
    auto alike = std::count_if(queue.begin(), queue.end(), [&](auto& queued) {
      return !queued.is_output && queued.is_first == next.is_first;
    });
    if (static_cast<size_t>(alike) >= most)
      return false;
  }
  queue.push_back(std::move(next));
  return true;
}

void status_stream::tell_output(const record_ptr& of,
                                std::vector<std::string> texts,
                                std::function<void()> read_on) {
  auto response = wsman::SubscribeResponse{};
  auto& log = *response.mutable_log();
  log.set_id(of->spec.id);
  *log.mutable_metadata() = cache_->project(*of).metadata();
  auto items = std::vector<item>(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    log.set_message(std::move(texts[i]));
    items[i].bytes = with_header(grpc::Slice{response.SerializeAsString()});
    items[i].is_output = true;
  }
  items.back().then = std::move(read_on);
  act(box_.edit([&](auto& queue) {
    std::move(items.begin(), items.end(), std::back_inserter(queue));
  }));
}

/// Fields of a message may stand in any order, so that what is encoded once is
/// joined by what is different for each subscriber.
grpc::ByteBuffer status_stream::with_header(grpc::Slice payload) const {
  grpc::Slice parts[] = {std::move(payload), header_};
  return {parts, header_.size() > 0 ? 2u : 1u};
}

void status_stream::close(const grpc::Status& why) {
  act(box_.end(why));
}

void status_stream::OnWriteDone(bool ok) {
  auto then = std::exchange(box_.current().then, nullptr);
  act(box_.written(ok));
  if (ok && then)
    then();
}

void status_stream::OnCancel() {
  act(box_.abandon(grpc::Status::CANCELLED));
}

void status_stream::OnDone() {
  self_.reset();
}

void status_stream::act(box::step step) {
  switch (step) {
    case box::step::wait: return;
    case box::step::write: {
      // What is queued goes out together.
      auto how = grpc::WriteOptions{};
      if (box_.has_more())
        how.set_buffer_hint();
      return StartWrite(&box_.current().bytes, how);
    }
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
