#include "actors/store/store_worker.hpp"
#include "bench/private_node.hpp"
#include "bench/raw_call.hpp"
#include "bench/scenario.hpp"
#include "bench/statistics.hpp"
#include "sys/clock.hpp"
#include "sys/process.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <signal.h>

#include <thread>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr unsigned workspaces = 1000;
constexpr unsigned restarts = 5;
constexpr auto slowest_ms = 1000.0;
constexpr auto patience = 60s;

/// Processes that stand for containers: what a restarted berthd looks for is
/// that they still run.
class sleepers {
public:
  result<void> start(unsigned count) {
    auto sleep = which("sleep");
    if (!sleep)
      return sleep.error();
    for (unsigned i = 0; i < count; ++i) {
      auto child = sys::spawn({.argv = {*sleep, "1000000"}});
      if (!child)
        return child.error();
      all_.push_back(std::move(*child));
    }
    return {};
  }

  ~sleepers() {
    for (const auto& each : all_)
      ::kill(each.pid, SIGKILL);
    for (const auto& each : all_)
      (void)sys::wait_child(each.pid);
  }

  pid_t pid(unsigned number) const { return all_[number].pid; }

private:
  std::vector<sys::spawned> all_;
};

result<record_ptr> running_record(unsigned number, pid_t pid,
                                  const std::string& boot) {
  auto started = sys::start_time(pid);
  if (!started)
    return started.error();
  auto record = std::make_shared<workspace_record>();
  auto digits = std::to_string(100'000 + number);
  auto& spec = record->spec;
  spec.id = "01234567-89ab-4cde-8f01-234567" + digits;
  spec.owner = "89abcdef-0123-4456-8789-abcdef" + digits;
  spec.meta_id = "amaranth-smelt-" + digits;
  spec.service_prefix = spec.meta_id;
  spec.image = "bench";
  spec.class_id = "default";
  spec.workspace_location = "project";
  spec.initializer = std::string(300, 'i');
  for (int i = 0; i < 12; ++i)
    spec.env.push_back({"VARIABLE_" + std::to_string(i),
                        "a value of an ordinary length " + digits});
  record->version = 10;
  record->phase = phase::running;
  record->slot = number;
  record->conditions.ever_ready = record->conditions.deployed = true;
  record->container = {pid, *started};
  record->url = "http://" + spec.meta_id + ".ws.example";
  record->owner_token = std::string(32, 't');
  record->created_at = std::chrono::system_clock::now();
  record->running_since = record->created_at;
  auto now = sys::since_boot();
  record->ticks = {boot, now, now, std::nullopt};
  return record_ptr{std::move(record)};
}

/// Sends `make(n)` to the store of `node` for each workspace, while no berthd
/// uses it.
template <class Make>
result<void> write_records(const private_node& node, Make make) {
  caf::actor_system_config config;
  caf::actor_system sys{config};
  auto store = spawn_store_actor(sys, node.paths().database());
  if (!store)
    return store.error();
  caf::scoped_actor self{sys};
  auto outcome = result<void>{};
  for (unsigned n = 0; outcome && n < workspaces; ++n) {
    auto message = make(n);
    if (!message)
      return message.error();
    self->request(*store, patience, std::move(*message))
      .receive([](const stored&) {},
               [&](caf::error& why) { outcome = std::move(why); });
  }
  self->send_exit(*store, caf::exit_reason::user_shutdown);
  self->wait_for(*store);
  return outcome;
}

/// From the start of a new berthd until GetWorkspaces knows them all.
result<double> time_until_serving(private_node& node) {
  node.crash();
  auto began = clock::now();
  if (auto started = node.launch(); !started)
    return started.error();
  while (clock::now() - began < patience) {
    // A channel of its own each time: one that failed waits before it tries
    // again.
    auto all = raw_call(dial(node.address()),
                        "/wsman.WorkspaceManager/GetWorkspaces", 1s);
    if (!all) {
      std::this_thread::sleep_for(2ms);
      continue;
    }
    auto took = clock::now() - began;
    auto bytes = *all;
    auto found = wsman::GetWorkspacesResponse{};
    if (!grpc::SerializationTraits<wsman::GetWorkspacesResponse>::Deserialize(
           &bytes, &found)
           .ok()
        || found.status_size() != workspaces)
      return make_error(ec::internal,
                        "only " + std::to_string(found.status_size())
                          + " workspaces are known after the restart");
    return std::chrono::duration<double, std::milli>(took).count();
  }
  return make_error(ec::timeout, "berthd does not serve");
}

result<void> measure_restarts(private_node& node, unsigned rounds, report& to) {
  std::vector<double> took;
  for (unsigned round = 0; round < rounds; ++round) {
    auto ms = time_until_serving(node);
    if (!ms)
      return ms.error();
    took.push_back(*ms);
  }
  auto with = std::to_string(workspaces) + " running workspaces";
  to.add("berthd", "kill -9 to serving, " + with, median(took), "ms",
         at_most(slowest_ms));
  to.add("berthd", "slowest of " + std::to_string(rounds) + ", " + with,
         percentile(took, 1), "ms");
  return {};
}

result<void> run_recovery(const options& how, report& to) {
  auto rounds = how.rounds ? how.rounds : restarts;
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  std::vector<double> idle;
  for (unsigned round = 0; round < rounds; ++round) {
    (*node)->crash();
    auto began = clock::now();
    if (auto started = (*node)->restart(); !started)
      return started;
    idle.push_back(
      std::chrono::duration<double, std::milli>(clock::now() - began).count());
  }
  to.add("berthd", "kill -9 to serving, no workspace", median(idle), "ms");
  auto boot = sys::boot_id();
  if (!boot)
    return boot.error();
  sleepers containers;
  if (auto started = containers.start(workspaces); !started)
    return started;
  (*node)->crash();
  auto written = write_records(**node, [&](unsigned n) -> result<put_record> {
    auto record = running_record(n, containers.pid(n), *boot);
    if (!record)
      return record.error();
    return put_record{*record};
  });
  auto measured = written;
  if (written) {
    if (auto started = (*node)->restart(); !started)
      return started;
    measured = measure_restarts(**node, rounds, to);
    (*node)->crash();
  }
  // Nobody shall clean up after workspaces that never were.
  auto erased = write_records(**node, [&](unsigned n) -> result<drop_record> {
    return drop_record{"01234567-89ab-4cde-8f01-234567"
                       + std::to_string(100'000 + n)};
  });
  if (auto started = (*node)->restart(); !started)
    return started;
  to.note("a real berthd and its database; a process that sleeps stands for "
          "each container. Serving means that GetWorkspaces answers with all");
  return measured ? erased : measured;
}

} // namespace

const scenario recovery_scenario = {
  .name = "recovery",
  .question = "how long is a node with a thousand running workspaces away "
              "when berthd is killed?",
  .run = run_recovery,
};

} // namespace berth::bench
