#include "bench/density_count.hpp"

#include "actors/events/event_bus.hpp"
#include "actors/store/store_worker.hpp"
#include "actors/workspace/workspace_manager.hpp"
#include "bench/private_node.hpp"
#include "bench/raw_call.hpp"
#include "bench/recording_node.hpp"
#include "bench/statistics.hpp"
#include "grpc_gateway/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr unsigned starts_at_once = 200;
constexpr unsigned lists = 9;

/// Anonymous memory of this process, after what is free was given back.
int64_t memory_bytes() {
  ::malloc_trim(0);
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:"))
      return std::stoll(line.substr(8)) * 1024;
  return 0;
}

/// Counts the workspaces that run, each once.
class running_count : public status_listener {
public:
  bool offer(const record_ptr& record) override {
    if (record->phase != phase::running)
      return true;
    std::lock_guard lock{mutex_};
    if (record->slot >= seen_.size())
      seen_.resize(record->slot + 1);
    if (!seen_[record->slot]) {
      seen_[record->slot] = true;
      ++count_;
      changed_.notify_all();
    }
    return true;
  }

  bool await(unsigned at_least) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 60s, [&] { return count_ >= at_least; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> seen_; ///< by slot
  unsigned count_ = 0;
};

std::shared_ptr<settings> node_settings(const std::string& directory) {
  auto all = std::make_shared<settings>();
  all->node.name = "bench";
  all->grpc.address = "127.0.0.1:0";
  all->grpc.unix_socket = directory + "/berthd.sock";
  all->ingress.workspace_url = "http://{{ .Prefix }}.ws.example";
  all->ingress.port_url = "http://{{ .WorkspacePort }}-{{ .Prefix }}.example";
  all->runtime.uid_size = 20'000 * 65'536u;
  all->runtime.subnet_bits = 12;
  all->classes["default"] = {.id = "default"};
  all->timeouts = {30min, 2min, 1h, 36h, 1h, 30min, 1h, 1h, 5min, 2min};
  return all;
}

/// As large as a product's client makes them.
std::shared_ptr<const workspace_spec> spec_number(unsigned number) {
  auto spec = std::make_shared<workspace_spec>();
  auto digits = std::to_string(100'000'000 + number);
  spec->id = "01234567-89ab-4cde-8f01-234" + digits;
  spec->owner = "89abcdef-0123-4456-8789-abc" + digits;
  spec->meta_id = "amaranth-smelt-" + digits;
  spec->service_prefix = spec->meta_id;
  spec->annotations = {{"gitpod.io/team", "platform"}};
  spec->image = "registry.example/workspace-images/base:2026-01";
  spec->class_id = "default";
  spec->workspace_location = "project";
  spec->checkout_locations = {"project"};
  spec->initializer = std::string(300, 'i');
  for (int i = 0; i < 12; ++i)
    spec->env.push_back({"VARIABLE_" + std::to_string(i),
                         "a value of an ordinary length " + digits});
  spec->ports = {{3000, false, false}, {8080, true, false}};
  return spec;
}

struct system_config : caf::actor_system_config {
  system_config() { set("scheduler.max-throughput", size_t{50}); }
};

/// A berthd without its hands.
class armless_node {
public:
  armless_node(caf::actor_system& sys, const std::string& directory)
    : settings_(node_settings(directory)) {
    auto store = spawn_store_actor(sys, directory + "/berth.db");
    if (!store)
      return;
    manager_deps deps;
    deps.bus = sys.spawn(event_bus);
    deps.disk = sys.spawn(roomy_disk);
    auto& each = deps.workspace;
    each.settings = settings_;
    each.clock = running_clock();
    each.store = *store;
    each.content = sys.spawn(no_content);
    each.images = sys.spawn(no_images);
    each.runtime = sys.spawn(no_runtime);
    each.maintenance = sys.spawn(no_maintenance);
    each.secrets = [keeper = sys.spawn(no_secrets)] { return keeper; };
    manager_ = sys.spawn(workspace_manager, deps, std::vector<record_ptr>{});
    caf::anon_send(deps.bus, subscribe{{}, running_});
    gateway::node_service_deps doors;
    doors.manager = manager_;
    doors.bus = deps.bus;
    doors.images = each.images;
    auto door = gateway::gateway::start(sys, settings_, std::move(doors));
    if (door)
      gateway_ = std::move(*door);
  }

  bool is_open() const { return gateway_ != nullptr; }
  std::string address() const {
    return "unix:" + settings_->grpc.unix_socket.native();
  }

  /// Starts workspaces up to `count`; whether all of them run.
  bool fill(unsigned count) {
    for (unsigned number = 0; number < count; ++number) {
      auto to = answer<start_accepted>{[](const result<start_accepted>& it) {
        if (!it)
          std::cerr << describe(it.error()) << '\n';
      }};
      caf::anon_send(manager_, start_workspace{spec_number(number), {}, to});
      if (number >= starts_at_once && !running_->await(number - starts_at_once))
        return false;
    }
    return running_->await(count);
  }

private:
  std::shared_ptr<settings> settings_;
  std::shared_ptr<running_count> running_ = std::make_shared<running_count>();
  workspace_manager_actor manager_;
  std::unique_ptr<gateway::gateway> gateway_;
};

/// How long GetWorkspaces takes, call by call; empty if one failed.
std::vector<double> list_all(const std::string& address, size_t& bytes) {
  std::vector<double> took;
  auto channel = dial(address);
  for (unsigned i = 0; i < lists; ++i) {
    auto began = clock::now();
    auto reply
      = raw_call(channel, "/wsman.WorkspaceManager/GetWorkspaces", 60s);
    if (!reply) {
      std::cerr << describe(reply.error()) << '\n';
      return {};
    }
    took.push_back(milliseconds_since(began));
    bytes = reply->Length();
  }
  return took;
}

} // namespace

int count_density(const std::string& count, const std::string& directory) {
  auto wanted = static_cast<unsigned>(std::stoul(count));
  system_config config;
  caf::actor_system sys{config};
  armless_node node{sys, directory};
  size_t bytes = 0;
  if (!node.is_open() || list_all(node.address(), bytes).empty())
    return 1;
  auto before = memory_bytes();
  auto began = clock::now();
  if (!node.fill(wanted))
    return 1;
  auto start_ms = milliseconds_since(began);
  auto took = list_all(node.address(), bytes);
  if (took.empty())
    return 1;
  auto grown = memory_bytes() - before;
  std::cout << nlohmann::json{{"bytes_each", grown / wanted},
                              {"start_s", start_ms / 1000},
                              {"list_ms", median(took)},
                              {"list_bytes", bytes}}
            << std::endl;
  // Ten thousand workspaces would be stopped one by one for nothing.
  ::_exit(0);
}

} // namespace berth::bench
