#include "grpc_gateway/exec_stream.hpp"

#include "actors/ask.hpp"
#include "grpc_gateway/convert/text.hpp"
#include "grpc_gateway/status.hpp"

#include <algorithm>

namespace berth::gateway {

namespace {

constexpr auto max_arguments = 4096;
constexpr auto max_signal = 64;

std::string next_token() {
  static auto count = std::atomic<uint64_t>{0};
  return "grpc-exec-" + std::to_string(++count);
}

grpc::Status refused(const char* why) {
  return {grpc::StatusCode::INVALID_ARGUMENT, why};
}

window_size to_size(const v1::TerminalSize& size) {
  auto clamp = [](uint32_t n) {
    return static_cast<uint16_t>(std::clamp<uint32_t>(n, 1, 4096));
  };
  return {clamp(size.rows()), clamp(size.cols())};
}

exec_plan to_plan(const v1::ExecStart& start) {
  auto plan = exec_plan{};
  plan.id = start.id();
  plan.argv.assign(start.command().begin(), start.command().end());
  for (const auto& [name, value] : start.env())
    plan.env.push_back({name, value});
  std::sort(plan.env.begin(), plan.env.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  plan.cwd = start.cwd();
  plan.user = start.user();
  if (start.has_terminal())
    plan.terminal = to_size(start.terminal());
  return plan;
}

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

/// What is wrong with `start`, nothing if it is sound.
const char* fault_of(const v1::ExecStart& start) {
  if (start.id().empty())
    return "start.id is empty";
  if (start.command().empty() || start.command(0).empty())
    return "start.command is empty";
  if (start.command_size() > max_arguments
      || std::any_of(start.command().begin(), start.command().end(), has_nul))
    return "start.command is too long or contains a NUL";
  for (const auto& [name, value] : start.env())
    if (!is_variable_name(name) || has_nul(value))
      return "start.env: a name is not of letters, digits and _";
  if (!start.cwd().empty()
      && (start.cwd().front() != '/' || has_nul(start.cwd())))
    return "start.cwd is no absolute path";
  return nullptr;
}

} // namespace

exec_stream::exec_stream(workspace_manager_actor manager,
                         process_actor processes)
  : manager_(std::move(manager)), processes_(std::move(processes)),
    token_(next_token()) {}

void exec_stream::open() {
  self_ = shared_from_this();
  read();
}

void exec_stream::OnReadDone(bool ok) {
  if (!box_.is_open())
    return;
  if (!ok) {
    // The client sends no more: the command's input ends.
    if (!started_)
      return act(box_.end(refused("the stream ended before its start")));
    return tell_actor(processes_, session_input{token_, {}, true});
  }
  if (!started_) {
    if (!incoming_.has_start())
      return act(box_.end(refused("the first message must be start")));
    return start(incoming_.start());
  }
  input_.add(incoming_.input().size()); // it may be taken before we go on
  forward(incoming_);
  if (input_.stays_open())
    read();
}

void exec_stream::read_on(size_t taken) {
  if (tells_taken_) {
    auto response = v1::ExecResponse{};
    response.set_input_taken(taken);
    act(box_.push(std::move(response)));
  }
  if (input_.take(taken))
    read();
}

void exec_stream::read() {
  box_.if_open([this] { StartRead(&incoming_); });
}

void exec_stream::start(const v1::ExecStart& start) {
  if (const auto* fault = fault_of(start))
    return act(box_.end(refused(fault)));
  tells_taken_ = start.tell_input_taken();
  auto begun = answer<done>{[self = shared_from_this()](result<done> outcome) {
    if (!outcome)
      return self->act(self->box_.abandon(to_status(outcome.error())));
    self->started_ = true;
    self->read();
    if (!self->box_.is_open())
      self->kill();
  }};
  tell_actor(manager_, exec_in_workspace{token_, to_plan(start), listener(),
                                         std::move(begun)});
}

session_listener exec_stream::listener() {
  auto self = shared_from_this();
  return {[self](int stream, std::string bytes) {
            return self->heard(stream, std::move(bytes));
          },
          [self](result<int> code) { self->ended(code); },
          [self](size_t bytes) { self->read_on(bytes); }};
}

void exec_stream::forward(v1::ExecRequest& request) {
  switch (request.event_case()) {
    case v1::ExecRequest::kInput:
      return tell_actor(
        processes_,
        session_input{token_, std::move(*request.mutable_input()), false});
    case v1::ExecRequest::kInputEnd:
      return tell_actor(processes_, session_input{token_, {}, true});
    case v1::ExecRequest::kResize:
      return tell_actor(processes_,
                        session_resize{token_, to_size(request.resize())});
    case v1::ExecRequest::kSignal:
      if (request.signal() > 0 && request.signal() <= max_signal)
        tell_actor(processes_, kill_child{token_, request.signal()});
      return;
    case v1::ExecRequest::kStart:
      return act(box_.end(refused("a second start")));
    case v1::ExecRequest::EVENT_NOT_SET: return;
  }
}

bool exec_stream::heard(int stream, std::string bytes) {
  output_.add(bytes.size());
  auto goes_on = output_.stays_open();
  auto response = v1::ExecResponse{};
  if (stream == 2)
    response.set_stderr(std::move(bytes));
  else
    response.set_stdout(std::move(bytes));
  act(box_.push(std::move(response)));
  return goes_on;
}

void exec_stream::ended(const result<int>& code) {
  if (!code)
    return act(box_.end(to_status(code.error())));
  auto response = v1::ExecResponse{};
  response.set_exit_code(*code);
  act(box_.push(std::move(response)));
  act(box_.end(grpc::Status::OK));
}

void exec_stream::OnWriteDone(bool ok) {
  const auto& sent = box_.current();
  if (output_.take(sent.stdout().size() + sent.stderr().size()))
    tell_actor(processes_, session_resume{token_});
  act(box_.written(ok));
}

void exec_stream::kill() {
  tell_actor(processes_, close_session{token_});
}

void exec_stream::close(const grpc::Status& why) {
  act(box_.abandon(why));
  kill();
}

void exec_stream::OnCancel() {
  close(grpc::Status::CANCELLED);
}

void exec_stream::OnDone() {
  kill(); // a session that is gone is no error
  self_.reset();
}

void exec_stream::act(box::step step) {
  switch (step) {
    case box::step::wait: return;
    case box::step::write: return StartWrite(&box_.current());
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
