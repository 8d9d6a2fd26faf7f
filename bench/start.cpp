#include "bench/container_floor.hpp"
#include "bench/podman.hpp"
#include "bench/private_node.hpp"
#include "bench/statistics.hpp"

#include <functional>
#include <optional>

namespace berth::bench {

namespace {

constexpr unsigned races = 20;
constexpr auto slowest_fair_start_ms = 30.0;
constexpr auto slowest_prepared_start_ms = 10.0;

/// One who starts containers, and how long it took each time.
struct contender {
  std::string name;
  std::function<result<std::chrono::nanoseconds>()> start_one;
  std::vector<double> took; ///< milliseconds

  result<void> race() {
    auto once = start_one();
    if (!once)
      return make_error(code_of(once.error()),
                        name + ": " + describe(once.error()));
    took.push_back(std::chrono::duration<double, std::milli>(*once).count());
    return {};
  }
};

result<std::chrono::nanoseconds> start_and_stop(private_node& node) {
  auto id = next_id();
  auto took = node.start_workspace(id);
  if (!took)
    return took;
  if (auto stopped = node.stop_workspace(id); !stopped)
    return stopped.error();
  return took;
}

/// The same where a ghost has prepared everything; its own start is not
/// counted.
result<std::chrono::nanoseconds> start_for_ghost(private_node& node) {
  if (auto ghost = node.start_workspace(next_id(), wsman::GHOST); !ghost)
    return ghost;
  return start_and_stop(node);
}

void tell_start(const contender& who, target promised, report& to) {
  to.add(who.name, "start to running, p50", median(who.took), "ms", promised);
  to.add(who.name, "start to running, p95", percentile(who.took, 0.95), "ms");
}

/// The contenders by turns, each round beginning with another one.
result<void> race_all(std::vector<contender>& all, unsigned rounds) {
  for (auto& each : all)
    if (auto warm = each.start_one(); !warm)
      return make_error(code_of(warm.error()),
                        each.name + ": " + describe(warm.error()));
  for (unsigned round = 0; round < rounds; ++round)
    for (size_t turn = 0; turn < all.size(); ++turn)
      if (auto done = all[(round + turn) % all.size()].race(); !done)
        return done;
  return {};
}

result<void> run_start(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto model = next_id();
  if (auto started = (*node)->start_workspace(model); !started)
    return started.error();
  std::vector<contender> all;
  all.push_back({"berthd", [&] { return start_and_stop(**node); }, {}});
  all.push_back(
    {"berthd, from a ghost", [&] { return start_for_ghost(**node); }, {}});
  auto floor = container_floor::like(**node, model, how.bin_dir);
  auto podman = podman_peer::set_up((*node)->directory() / "podman",
                                    (*node)->directory() / "rootfs.tar");
  if (floor)
    all.push_back({"conmon + crun", [&] { return floor->start_one(); }, {}});
  else
    to.note("no floor: " + describe(floor.error()));
  if (podman)
    all.push_back({"podman", [&] { return podman->start_one(); }, {}});
  else
    to.note("no podman: " + describe(podman.error()));
  if (auto done = race_all(all, how.rounds ? how.rounds : races); !done)
    return done;
  auto ours = median(all[0].took);
  tell_start(all[0], at_most(slowest_fair_start_ms), to);
  tell_start(all[1], at_most(slowest_prepared_start_ms), to);
  for (size_t i = 2; i < all.size(); ++i)
    tell_start(all[i], {}, to);
  for (const auto& each : all) {
    auto theirs = median(each.took);
    if (each.name == "conmon + crun")
      to.add("berthd / floor", "p50", ours / theirs, "x", at_most(1.5));
    if (each.name == "podman")
      to.add("podman / berthd", "p50", theirs / ours, "x", at_least(5));
  }
  to.note("floor: the config.json of a running workspace under berth-ns, "
          "conmon and crun, its overlay mounted beforehand, no network link");
  if (podman)
    to.note("peer: " + podman->way() + ", the same root file system");
  return {};
}

} // namespace

const scenario start_scenario = {
  .name = "start",
  .question = "how long from StartWorkspace to RUNNING, beside conmon + crun "
              "alone and beside podman?",
  .run = run_start,
};

} // namespace berth::bench
