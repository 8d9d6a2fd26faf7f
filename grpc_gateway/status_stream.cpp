#include "grpc_gateway/status_stream.hpp"

#include "core/log.hpp"
#include "grpc_gateway/unary.hpp"

#include <algorithm>

namespace berth::gateway {

void status_stream::open() {
  self_ = shared_from_this();
  StartSendInitialMetadata();
}

bool status_stream::offer(const record_ptr& record) {
  if (is_gone())
    return false;
  auto status = encoded_status{};
  auto encoded = contained([&] { status = cache_->encode(record); });
  if (!encoded) {
    log_error("status-unencodable", record->spec.id, describe(encoded.error()));
    return !is_gone();
  }
  auto next = item{std::hash<std::string>{}(record->spec.id), record->phase,
                   false, grpc::ByteBuffer{&status.bytes, 1}};
  if (!is_news(next.instance, status.fingerprint, next.is_first))
    return !is_gone();
  auto fits = true;
  act(box_.edit([&](auto& queue) { fits = enqueue(queue, std::move(next)); }));
  if (fits)
    return !is_gone();
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
      return queued.instance == next.instance;
    });
    if (newest != queue.rend() && newest->phase == next.phase) {
      newest->bytes = std::move(next.bytes);
      return true;
    }
  }
  if (queue.size() >= max_queued) {
    auto firsts = static_cast<size_t>(
      std::count_if(queue.begin(), queue.end(),
                    [](auto& queued) { return queued.is_first; }));
    if (next.is_first ? firsts >= max_first
                      : queue.size() - firsts >= max_queued)
      return false;
  }
  queue.push_back(std::move(next));
  return true;
}

void status_stream::close(const grpc::Status& why) {
  act(box_.end(why));
}

void status_stream::OnWriteDone(bool ok) {
  act(box_.written(ok));
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
    case box::step::write: return StartWrite(&box_.current().bytes);
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
