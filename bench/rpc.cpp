#include "bench/bare_server.hpp"
#include "bench/load.hpp"
#include "bench/private_node.hpp"
#include "bench/statistics.hpp"

namespace berth::bench {

namespace {

constexpr auto round_length = std::chrono::seconds{2};
constexpr unsigned load_rounds = 5;

/// What one server did in all rounds.
struct series {
  std::vector<double> rate, p50, p99;

  result<void> add(const load_result& round, const char* who) {
    if (round.failures > 0)
      return make_error(ec::internal, std::to_string(round.failures)
                                        + " calls failed at " + who);
    rate.push_back(round.calls_per_second);
    p50.push_back(round.p50_us);
    p99.push_back(round.p99_us);
    return {};
  }

  void tell(report& to, const std::string& who, const std::string& with) const {
    to.add(who, "throughput, " + with, median(rate), "calls/s");
    to.add(who, "p50, " + with, median(p50), "µs");
    to.add(who, "p99, " + with, median(p99), "µs");
  }
};

/// The two servers, and what they are asked.
struct contest {
  std::string berthd, bare;
  method which;
  std::string id;
  std::string name; ///< of the call, for the report
};

result<void> compare(const contest& it, unsigned in_flight, unsigned rounds,
                     target goal, report& to) {
  series ours, floor;
  std::vector<double> ratios;
  for (unsigned round = 0; round < rounds; ++round) {
    // Who goes first changes, so that a drift of the machine hits both.
    for (unsigned turn = 0; turn < 2; ++turn) {
      bool is_ours = (round + turn) % 2 == 0;
      auto measured = drive(is_ours ? it.berthd : it.bare, it.which, it.id,
                            in_flight, round_length);
      auto added = is_ours ? ours.add(measured, "berthd")
                           : floor.add(measured, "the bare server");
      if (!added)
        return added;
    }
    ratios.push_back(ours.rate.back() / floor.rate.back());
  }
  auto with = it.name + ", " + std::to_string(in_flight) + " in flight";
  ours.tell(to, "berthd", with);
  floor.tell(to, "bare gRPC", with);
  to.add("berthd / bare gRPC", "throughput, " + with, median(ratios), "x",
         goal);
  return {};
}

result<void> run_rpc(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto id = next_id();
  if (auto started = (*node)->start_workspace(id); !started)
    return started.error();
  auto answer = (*node)->describe(id);
  if (!answer)
    return answer.error();
  auto bare
    = bare_server::start((*node)->directory(), answer->SerializeAsString());
  if (!bare)
    return bare.error();
  to.note("the answer has " + std::to_string(answer->ByteSizeLong())
          + " bytes; unix sockets, clients on the same cores; medians of "
            "alternating rounds of 2 s");
  auto rounds = how.rounds ? how.rounds : load_rounds;
  auto read = contest{(*node)->address(), bare->address(), method::describe, id,
                      "Describe"};
  for (unsigned in_flight : {1u, 16u, 128u})
    if (auto done = compare(read, in_flight, rounds,
                            in_flight == 128 ? at_least(0.9) : target{}, to);
        !done)
      return done;
  // A read is answered from what was published; this one the manager must
  // answer itself, which takes two changes of thread.
  auto write = read;
  write.which = method::stop;
  write.id = next_id();
  write.name = "Stop";
  if (auto done = compare(write, 128, rounds, target{}, to); !done)
    return done;
  return {};
}

} // namespace

const scenario rpc_scenario = {
  .name = "rpc",
  .question = "what does the house cost a unary call, beside a bare gRPC "
              "server of the same answer?",
  .run = run_rpc,
};

} // namespace berth::bench
