#include "app/berth/follow.hpp"

#include "app/berth/text.hpp"

#include <array>
#include <cstdio>
#include <ostream>
#include <thread>

namespace berth::cli {

namespace {

constexpr auto retry_pause = std::chrono::seconds{1};
constexpr auto retry_limit = std::chrono::minutes{1};

/// Whether a stream that ended so may be opened again: berthd restarts, or we
/// were too slow for it.
bool may_pass(const grpc::Status& why) {
  return why.ok() || why.error_code() == grpc::StatusCode::UNAVAILABLE
         || why.error_code() == grpc::StatusCode::CANCELLED
         || why.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

} // namespace

status_feed::status_feed(const connection& to, std::string id,
                         std::string meta_id)
  : to_(to), id_(std::move(id)), meta_id_(std::move(meta_id)) {
  open();
}

void status_feed::open() {
  wsman::SubscribeRequest request;
  if (!meta_id_.empty())
    request.mutable_must_match()->set_meta_id(meta_id_);
  context_ = std::make_unique<grpc::ClientContext>();
  stream_ = to_.manager().Subscribe(context_.get(), request);
}

bool status_feed::drain(const taker& take) {
  wsman::SubscribeResponse update;
  while (stream_->Read(&update))
    if (update.has_status() && accept(update.status(), take))
      return true;
  return false;
}

bool status_feed::accept(const wsman::WorkspaceStatus& status,
                         const taker& take) {
  if (status.id() != id_ || status.status_version() <= newest_)
    return false;
  newest_ = status.status_version();
  return take(status);
}

grpc::Status status_feed::follow(const taker& take) {
  auto give_up = std::chrono::steady_clock::now() + retry_limit;
  for (;;) {
    // What happened before the stream stood, and whether there is anything to
    // wait for at all.
    wsman::DescribeWorkspaceRequest request;
    wsman::DescribeWorkspaceResponse now;
    request.set_id(id_);
    auto found
      = call(to_.manager(), &wsman::WorkspaceManager::Stub::DescribeWorkspace,
             request, now);
    bool is_enough = found.ok() && (accept(now.status(), take) || drain(take));
    if (is_enough || !found.ok())
      context_->TryCancel();
    auto ended = stream_->Finish();
    if (is_enough)
      return grpc::Status::OK;
    if (found.ok())
      give_up = std::chrono::steady_clock::now() + retry_limit;
    const auto& why = found.ok() ? ended : found;
    if (!may_pass(why) || std::chrono::steady_clock::now() > give_up)
      return why;
    std::this_thread::sleep_for(retry_pause);
    open();
  }
}

phase_printer::phase_printer(std::ostream* out, bool is_terminal)
  : out_(out), is_terminal_(is_terminal) {}

phase_printer::~phase_printer() {
  finish();
}

void phase_printer::finish() {
  if (std::exchange(is_drawn_, false))
    *out_ << "\r\033[K" << std::flush;
}

std::string phase_printer::elapsed() const {
  std::chrono::duration<double> so_far
    = std::chrono::steady_clock::now() - began_;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%8.3fs  ", so_far.count());
  return text.data();
}

void phase_printer::show(const wsman::WorkspaceStatus& status) {
  if (!out_)
    return;
  auto message = printable(status.message());
  bool is_new_phase
    = std::exchange(is_first_, false) || status.phase() != phase_;
  if (!is_new_phase && message == message_)
    return;
  finish();
  phase_ = status.phase();
  message_ = message;
  auto percent = percent_of(message);
  if (is_terminal_ && percent) {
    *out_ << elapsed() << progress_bar(*percent) << message.substr(0, 40);
    is_drawn_ = true;
  } else if (is_new_phase || !percent) {
    *out_ << elapsed() << phase_name(phase_);
    if (!message.empty())
      *out_ << "  " << message;
    *out_ << '\n';
  }
  *out_ << std::flush;
}

std::string progress_bar(int percent) {
  auto filled = static_cast<size_t>(percent) / 5;
  auto number = std::to_string(percent);
  return '[' + std::string(filled, '#') + std::string(20 - filled, '-') + "] "
         + std::string(3 - number.size(), ' ') + number + " %  ";
}

std::string failure_of(const wsman::WorkspaceStatus& status) {
  const auto& conditions = status.conditions();
  return printable(!conditions.failed().empty()
                     ? conditions.failed()
                     : conditions.headless_task_failed());
}

} // namespace berth::cli
