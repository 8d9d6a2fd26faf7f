#include "grpc_gateway/call_metrics.hpp"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace berth::gateway {

namespace {

using clock = std::chrono::steady_clock;
using rpc_info = grpc::experimental::ServerRpcInfo;

constexpr std::array code_names{
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
};

const std::vector<double> seconds_buckets{.005, .01, .025, .05, .1, .25,
                                          .5,   1,   2.5,  5,   10};
const std::vector<double> start_buckets{0,    500,  1000, 1500, 2000,
                                        2500, 3000, 3500, 4000, 4500};

constexpr std::string_view start_method
  = "/wsman.WorkspaceManager/StartWorkspace";

const char* type_name(rpc_info::Type type) {
  switch (type) {
    case rpc_info::Type::UNARY: return "unary";
    case rpc_info::Type::CLIENT_STREAMING: return "client_stream";
    case rpc_info::Type::SERVER_STREAMING: return "server_stream";
    case rpc_info::Type::BIDI_STREAMING: return "bidi_stream";
  }
  return "unknown";
}

/// How often a duration fell below which bound.
class time_histogram {
public:
  /// `unit` is what a bound counts.
  time_histogram(const std::vector<double>& bounds,
                 std::chrono::nanoseconds unit)
    : bounds_(bounds), unit_(unit), counts_(bounds.size() + 1) {}

  void observe(std::chrono::nanoseconds took) {
    auto value = std::chrono::duration<double>{took} / unit_;
    auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts_[static_cast<size_t>(at - bounds_.begin())];
    total_ += took.count();
  }

  void write(exposition& out, const exposition::labels& labels) const {
    auto counts = std::vector<uint64_t>(counts_.begin(), counts_.end());
    auto total = std::chrono::nanoseconds{total_.load()};
    out.histogram(labels, bounds_, counts,
                  std::chrono::duration<double>{total} / unit_);
  }

private:
  const std::vector<double>& bounds_;
  const std::chrono::nanoseconds unit_;
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<int64_t> total_ = 0;
};

} // namespace

class call_metrics::method {
public:
  method(const std::string& name, rpc_info::Type type)
    : took(seconds_buckets, std::chrono::seconds{1}),
      started_in(start_buckets, std::chrono::milliseconds{1}),
      is_start(name == start_method) {
    auto slash = name.rfind('/');
    labels = {{"grpc_type", type_name(type)},
              {"grpc_service", name.substr(1, slash - 1)},
              {"grpc_method", name.substr(slash + 1)}};
  }

  void end(grpc::StatusCode code, std::chrono::nanoseconds after) {
    auto at = static_cast<size_t>(code);
    ++handled[at < handled.size() ? at : size_t{grpc::StatusCode::UNKNOWN}];
    took.observe(after);
    if (is_start)
      started_in.observe(after);
  }

  std::atomic<uint64_t> started = 0, received = 0, sent = 0;
  std::array<std::atomic<uint64_t>, code_names.size()> handled{};
  time_histogram took, started_in;
  bool is_start;
  exposition::labels labels;
};

namespace {

/// Sees one call pass by.
class call_counter : public grpc::experimental::Interceptor {
public:
  call_counter(call_metrics& all, call_metrics::method& of)
    : all_(all), of_(of) {
    ++of_.started;
    all_.began();
  }
  call_counter(const call_counter&) = delete;
  call_counter& operator=(const call_counter&) = delete;
  /// Lives as long as the call, until its last byte is sent.
  ~call_counter() override { all_.ended(); }

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    using point = grpc::experimental::InterceptionHookPoints;
    if (batch->QueryInterceptionHookPoint(point::POST_RECV_MESSAGE)
        && batch->GetRecvMessage() != nullptr)
      ++of_.received;
    if (batch->QueryInterceptionHookPoint(point::PRE_SEND_MESSAGE))
      ++of_.sent;
    if (batch->QueryInterceptionHookPoint(point::PRE_SEND_STATUS))
      of_.end(batch->GetSendStatus().error_code(), clock::now() - began_);
    batch->Proceed();
  }

private:
  call_metrics& all_;
  call_metrics::method& of_;
  const clock::time_point began_ = clock::now();
};

class call_counter_factory
  : public grpc::experimental::ServerInterceptorFactoryInterface {
public:
  explicit call_counter_factory(std::shared_ptr<call_metrics> metrics)
    : metrics_(std::move(metrics)) {}

  grpc::experimental::Interceptor*
  CreateServerInterceptor(rpc_info* info) override {
    return new call_counter{*metrics_,
                            metrics_->of(info->method(), info->type())};
  }

private:
  std::shared_ptr<call_metrics> metrics_;
};

} // namespace

call_metrics::call_metrics() = default;
call_metrics::~call_metrics() = default;

call_metrics::method& call_metrics::of(const std::string& name,
                                       rpc_info::Type type) {
  {
    auto lock = std::shared_lock{mutex_};
    if (auto known = methods_.find(name); known != methods_.end())
      return *known->second;
  }
  auto lock = std::lock_guard{mutex_};
  auto& made = methods_[name];
  if (!made)
    made = std::make_unique<method>(name, type);
  return *made;
}

void call_metrics::rate_limited(const std::string& method, bool is_refused) {
  auto lock = std::lock_guard{mutex_};
  ++limited_[method.substr(method.rfind('/') + 1)][is_refused];
}

void call_metrics::began() {
  auto lock = std::lock_guard{open_mutex_};
  ++open_;
}

void call_metrics::ended() {
  auto lock = std::lock_guard{open_mutex_};
  if (--open_ == 0)
    quiet_.notify_all();
}

void call_metrics::await_quiet(std::chrono::steady_clock::time_point deadline) {
  auto lock = std::unique_lock{open_mutex_};
  quiet_.wait_until(lock, deadline, [this] { return open_ == 0; });
}

void call_metrics::write(exposition& out) const {
  auto lock = std::shared_lock{mutex_};
  auto totals = [&](const char* name, const char* help,
                    std::atomic<uint64_t> method::*of) {
    out.family(name, "counter", help);
    for (const auto& [full_name, one] : methods_)
      out.sample(one->labels, static_cast<double>((one.get()->*of).load()));
  };
  totals("grpc_server_started_total", "Calls that began.", &method::started);
  totals("grpc_server_msg_received_total", "Messages of clients.",
         &method::received);
  totals("grpc_server_msg_sent_total", "Messages to clients.", &method::sent);
  out.family("grpc_server_handled_total", "counter", "Calls that ended.");
  for (const auto& [name, one] : methods_)
    for (size_t code = 0; code < code_names.size(); ++code)
      if (auto count = one->handled[code].load(); count > 0) {
        auto labels = one->labels;
        labels.emplace_back("grpc_code", code_names[code]);
        out.sample(labels, static_cast<double>(count));
      }
  out.family("grpc_server_handling_seconds", "histogram",
             "How long calls took.");
  for (const auto& [name, one] : methods_)
    one->took.write(out, one->labels);
  out.family("grpc_server_rate_limiter_calls_total", "counter",
             "Calls of methods whose rate is limited.");
  for (const auto& [name, counts] : limited_)
    for (auto is_refused : {false, true})
      out.sample({{"grpc_method", name},
                  {"rate_limited", is_refused ? "true" : "false"}},
                 static_cast<double>(counts[is_refused]));
  out.family("wsman_start_workspace", "histogram",
             "How long StartWorkspace took, in milliseconds.");
  if (auto start = methods_.find(start_method); start != methods_.end())
    start->second->started_in.write(out, {});
  out.metric("berth_subscribers_dropped_total", "counter",
             "Subscribers that read too slowly.",
             static_cast<double>(dropped_.load()));
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
make_call_counter(std::shared_ptr<call_metrics> metrics) {
  return std::make_unique<call_counter_factory>(std::move(metrics));
}

} // namespace berth::gateway
