#include "bench/command.hpp"
#include "bench/private_node.hpp"
#include "bench/scenario.hpp"
#include "bench/subscribe_server.hpp"
#include "sys/process.hpp"

#include <grpcpp/generic/generic_stub.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <latch>
#include <nlohmann/json.hpp>
#include <thread>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr unsigned subscribers = 1000;
constexpr unsigned who_do_not_read = 10;
constexpr unsigned connections = 16;
constexpr unsigned default_seconds = 10;
constexpr auto slowest_p99_ms = 200.0;
constexpr auto most_memory_mib = 64.0;

/// How late statuses arrived, by whole milliseconds; the last holds the rest.
class lag_counts {
public:
  void add(clock::duration lag) {
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(lag);
    auto at = std::clamp<int64_t>(ms.count(), 0, int64_t{buckets} - 1);
    ++counts_[static_cast<size_t>(at)];
  }

  uint64_t total() const {
    auto sum = uint64_t{0};
    for (const auto& count : counts_)
      sum += count;
    return sum;
  }

  double percentile(double share) const {
    auto left = static_cast<double>(total()) * share;
    for (size_t ms = 0; ms < buckets; ++ms)
      if ((left -= static_cast<double>(counts_[ms])) <= 0)
        return static_cast<double>(ms + 1);
    return buckets;
  }

private:
  static constexpr size_t buckets = 60'000;
  std::array<std::atomic<uint32_t>, buckets> counts_{};
};

/// What all subscribers found out together.
struct findings {
  lag_counts lag;
  std::atomic<uint64_t> missed_phases = 0;
  std::atomic<unsigned> dropped = 0, lost = 0;
};

/// The numbers between two `@` in `bytes`.
bool read_mark(const grpc::ByteBuffer& bytes, std::array<uint64_t, 3>& mark) {
  grpc::Slice whole;
  if (!bytes.DumpToSingleSlice(&whole).ok())
    return false;
  std::string_view text{reinterpret_cast<const char*>(whole.begin()),
                        whole.size()};
  const auto* at = text.data() + std::min(text.find('@'), text.size());
  const auto* end = text.data() + text.size();
  for (auto& number : mark) {
    if (at == end)
      return false;
    auto read = std::from_chars(at + 1, end, number);
    if (read.ec != std::errc{})
      return false;
    at = read.ptr;
  }
  return true;
}

class subscriber final
  : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
public:
  subscriber(grpc::GenericStub& stub, bool reads, findings& to, std::latch& in,
             std::latch& out)
    : reads_(reads), to_(to), in_(in), out_(out) {
    stub.PrepareBidiStreamingCall(&context_,
                                  "/wsman.WorkspaceManager/Subscribe",
                                  grpc::StubOptions{}, this);
    StartWriteLast(&request_, grpc::WriteOptions{});
    if (reads_)
      StartRead(&response_);
    StartCall();
  }

  void leave() { context_.TryCancel(); }

  void OnReadInitialMetadataDone(bool) override { in_.count_down(); }

  void OnReadDone(bool ok) override {
    if (!ok)
      return;
    auto mark = std::array<uint64_t, 3>{};
    if (read_mark(response_, mark))
      note(mark);
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    // Those who do not read shall be dropped, if there is time for it.
    auto code = reads_ ? status.error_code() : grpc::StatusCode::CANCELLED;
    if (code == grpc::StatusCode::RESOURCE_EXHAUSTED)
      ++to_.dropped;
    else if (code != grpc::StatusCode::CANCELLED)
      ++to_.lost;
    out_.count_down();
  }

private:
  void note(const std::array<uint64_t, 3>& mark) {
    auto [workspace, phases, sent] = mark;
    to_.lag.add(clock::now().time_since_epoch() - clock::duration{sent});
    auto& last = phases_[workspace % phases_.size()];
    if (last != unknown && phases > last + 1)
      to_.missed_phases += phases - last - 1;
    last = phases;
  }

  static constexpr auto unknown = ~uint64_t{0};

  const bool reads_;
  findings& to_;
  std::latch& in_;
  std::latch& out_;
  grpc::ClientContext context_;
  grpc::Slice nothing_;
  grpc::ByteBuffer request_{&nothing_, 1};
  grpc::ByteBuffer response_;
  std::array<uint64_t, publication::workspaces> phases_ = [] {
    auto all = std::array<uint64_t, publication::workspaces>{};
    all.fill(unknown);
    return all;
  }();
};

/// The process that publishes.
class publishing_server {
public:
  result<void> start(const std::filesystem::path& directory) {
    auto input = make_pipe();
    auto output = make_pipe();
    if (!input || !output)
      return input ? output.error() : input.error();
    auto self = std::filesystem::read_symlink("/proc/self/exe");
    auto child = sys::spawn(
      {.argv = {self, subscribe_server_word, directory},
       .fds = {{input->first.get(), 0}, {output->second.get(), 1}}});
    if (!child)
      return child.error();
    child_ = std::move(*child);
    input_ = std::move(input->second);
    output_ = std::move(output->first);
    auto ready = std::array<char, 6>{};
    if (::read(output_.get(), ready.data(), ready.size()) <= 0)
      return make_error(ec::internal, "the publishing server did not start");
    return {};
  }

  ~publishing_server() {
    input_ = {};
    if (child_.pid > 0) {
      if (!bench::wait_for_end(child_.pidfd))
        ::kill(child_.pid, SIGKILL);
      (void)sys::wait_child(child_.pid);
    }
  }

  bool go() const { return ::write(input_.get(), "go\n", 3) == 3; }

  /// Ends the publication; what the server says of it, in one line.
  nlohmann::json stop() const {
    auto line = std::string{};
    if (::write(input_.get(), "stop\n", 5) == 5)
      for (char c = 0; ::read(output_.get(), &c, 1) == 1 && c != '\n';)
        line += c;
    return nlohmann::json::parse(line, nullptr, false);
  }

private:
  sys::spawned child_;
  sys::fd input_, output_;
};

void tell_lag(report& to, const findings& found, const nlohmann::json& server,
              double seconds) {
  auto with = std::to_string(subscribers) + " x "
              + std::to_string(publication::per_second) + "/s";
  auto published = server.value("published", 0.0) / seconds;
  to.add("berthd", "published, " + with, published, "updates/s");
  to.add("berthd", "received, " + with,
         static_cast<double>(found.lag.total()) / seconds, "statuses/s");
  to.add("berthd", "lag p50, " + with, found.lag.percentile(0.5), "ms");
  to.add("berthd", "lag p99, " + with, found.lag.percentile(0.99), "ms",
         at_most(slowest_p99_ms));
  to.add("berthd", "phases missed", static_cast<double>(found.missed_phases),
         "phases", at_most(0));
  to.add("berthd", "readers dropped or lost",
         double{0} + found.dropped + found.lost, "streams", at_most(0));
  to.add("berthd", "memory grown, " + with,
         server.value("grown_bytes", 0.0) / (1 << 20), "MiB",
         at_most(most_memory_mib));
  to.add("berthd", "processor time, " + with,
         server.value("cpu_s", 0.0) / seconds, "cores");
  to.add("berthd", "event bus behind at the end",
         server.value("behind_ms", 0.0), "ms");
}

result<void> run_subscribe(const options& how, report& to) {
  auto seconds = how.rounds ? how.rounds : default_seconds;
  auto home = temporary_directory::make();
  if (!home)
    return home.error();
  publishing_server server;
  if (auto started = server.start(home->path()); !started)
    return started;
  auto address = "unix:" + (home->path() / "berthd.sock").native();
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (unsigned i = 0; i < connections; ++i)
    stubs.push_back(std::make_unique<grpc::GenericStub>(dial(address)));
  auto found = std::make_unique<findings>();
  std::latch in{subscribers}, out{subscribers};
  std::vector<std::unique_ptr<subscriber>> all;
  for (unsigned i = 0; i < subscribers; ++i)
    all.push_back(std::make_unique<subscriber>(
      *stubs[i % stubs.size()], i >= who_do_not_read, *found, in, out));
  in.wait();
  if (!server.go())
    return make_error(ec::internal, "the publishing server is gone");
  std::this_thread::sleep_for(std::chrono::seconds{seconds});
  auto said = server.stop();
  for (auto& each : all)
    each->leave();
  out.wait();
  if (!said.is_object())
    return make_error(ec::internal, "no result of the publishing server");
  to.note("real event bus and gateway over unix sockets, subscribers on the "
          "same cores; "
          + std::to_string(publication::workspaces)
          + " workspaces, one update in "
          + std::to_string(publication::per_phase) + " a change of phase; "
          + std::to_string(who_do_not_read)
          + " subscribers read nothing. States of one phase may be joined, so "
            "less is received than published");
  tell_lag(to, *found, said, seconds);
  return {};
}

} // namespace

const scenario subscribe_scenario = {
  .name = "subscribe",
  .question = "does everybody hear every phase in time, with a thousand "
              "subscribers?",
  .run = run_subscribe,
};

} // namespace berth::bench
