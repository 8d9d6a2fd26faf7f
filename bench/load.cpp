#include "bench/load.hpp"

#include "bench/private_node.hpp"
#include "bench/statistics.hpp"

#include <latch>
#include <optional>

namespace berth::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr unsigned most_connections = 4;
constexpr auto warm_up = std::chrono::milliseconds{300};

struct period {
  clock::time_point begin, end;
};

/// One call after another, until the time is over.
class caller {
public:
  caller(wsman::WorkspaceManager::Stub& stub, method which,
         const std::string& id, const period& counted, std::latch& over)
    : stub_(stub), which_(which), counted_(counted), over_(over) {
    describe_.set_id(id);
    stop_.set_id(id);
  }

  void next() {
    context_.emplace();
    began_ = clock::now();
    auto on_reply = [this](const grpc::Status& status) { done(status); };
    if (which_ == method::stop)
      stub_.async()->StopWorkspace(&*context_, &stop_, &stopped_, on_reply);
    else
      stub_.async()->DescribeWorkspace(&*context_, &describe_, &described_,
                                       on_reply);
  }

  std::vector<float> latencies; ///< microseconds
  uint64_t failures = 0;

private:
  void done(const grpc::Status& status) {
    auto now = clock::now();
    if (!status.ok())
      ++failures;
    else if (began_ >= counted_.begin && now <= counted_.end)
      latencies.push_back(
        std::chrono::duration<float, std::micro>(now - began_).count());
    if (now < counted_.end)
      next();
    else
      over_.count_down();
  }

  wsman::WorkspaceManager::Stub& stub_;
  const method which_;
  const period& counted_;
  std::latch& over_;
  std::optional<grpc::ClientContext> context_;
  wsman::DescribeWorkspaceRequest describe_;
  wsman::DescribeWorkspaceResponse described_;
  wsman::StopWorkspaceRequest stop_;
  wsman::StopWorkspaceResponse stopped_;
  clock::time_point began_;
};

} // namespace

load_result drive(const std::string& address, method which,
                  const std::string& id, unsigned in_flight,
                  std::chrono::milliseconds length) {
  std::vector<std::unique_ptr<wsman::WorkspaceManager::Stub>> stubs;
  for (unsigned i = 0; i < std::min(in_flight, most_connections); ++i)
    stubs.push_back(wsman::WorkspaceManager::NewStub(dial(address)));
  auto begin = clock::now() + warm_up;
  period counted{begin, begin + length};
  std::latch over{in_flight};
  std::vector<std::unique_ptr<caller>> callers;
  for (unsigned i = 0; i < in_flight; ++i)
    callers.push_back(std::make_unique<caller>(*stubs[i % stubs.size()], which,
                                               id, counted, over));
  for (auto& each : callers)
    each->next();
  over.wait();
  load_result sum;
  std::vector<float> latencies;
  for (auto& each : callers) {
    latencies.insert(latencies.end(), each->latencies.begin(),
                     each->latencies.end());
    sum.failures += each->failures;
  }
  sum.calls_per_second = static_cast<double>(latencies.size())
                         / std::chrono::duration<double>(length).count();
  sum.p50_us = percentile(latencies, 0.5);
  sum.p99_us = percentile(std::move(latencies), 0.99);
  return sum;
}

} // namespace berth::bench
