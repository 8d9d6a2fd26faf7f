#include "bench/subscribe_server.hpp"

#include "actors/events/event_bus.hpp"
#include "grpc_gateway/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

int64_t resident_bytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:"))
      return std::stoll(line.substr(8)) * 1024;
  return 0;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::shared_ptr<settings> door_settings(const std::string& directory) {
  auto all = std::make_shared<settings>();
  all->node.name = "bench";
  all->grpc.address = "127.0.0.1:0";
  all->grpc.unix_socket = directory + "/berthd.sock";
  all->ingress.port_url = "http://{{ .WorkspacePort }}-{{ .Prefix }}.example";
  all->timeouts.regular = 30min;
  return all;
}

record_ptr record_number(uint64_t number) {
  auto workspace = number % publication::workspaces;
  auto turn = number / publication::workspaces;
  auto phases = turn / publication::per_phase;
  auto record = std::make_shared<workspace_record>();
  record->spec.id
    = "01234567-89ab-4cde-8f01-23456789ab" + std::to_string(10 + workspace);
  record->spec.owner = "89abcdef-0123-4456-8789-abcdef012345";
  record->spec.meta_id = "amaranth-smelt-" + std::to_string(10 + workspace);
  record->spec.image = "registry.example/workspace-images/base:2026-01";
  record->spec.class_id = "default";
  record->spec.ports = {{3000, false, false}, {8080, true, false}};
  record->version = number + 1;
  record->phase = phases % 2 == 0 ? phase::running : phase::interrupted;
  record->message
    = "@" + std::to_string(workspace) + ',' + std::to_string(phases) + ','
      + std::to_string(clock::now().time_since_epoch().count()) + '@';
  return record;
}

/// One after the other, at an even pace.
class publisher {
public:
  explicit publisher(event_bus_actor bus)
    : bus_(std::move(bus)), thread_([this](const std::stop_token& stop) {
        constexpr auto step = clock::duration{1s} / publication::per_second;
        auto due = clock::now();
        for (; !stop.stop_requested(); due += step) {
          std::this_thread::sleep_until(due);
          caf::anon_send(bus_, publish{record_number(published_++)});
        }
      }) {}

  uint64_t published() const { return published_; }

private:
  event_bus_actor bus_;
  std::atomic<uint64_t> published_ = 0;
  std::jthread thread_;
};

/// How long the bus takes to come to a message that is sent now.
class late_arrival : public status_listener {
public:
  bool offer(const record_ptr&) override {
    heard_.set_value(clock::now());
    return false;
  }

  static double milliseconds(const event_bus_actor& bus) {
    auto listener = std::make_shared<late_arrival>();
    auto sent = clock::now();
    auto heard = listener->heard_.get_future();
    caf::anon_send(bus, subscribe{{"", "amaranth-smelt-10", {}}, listener});
    return std::chrono::duration<double, std::milli>(heard.get() - sent)
      .count();
  }

private:
  std::promise<clock::time_point> heard_;
};

} // namespace

int serve_subscribers(const std::string& directory) {
  caf::actor_system_config config;
  caf::actor_system sys{config};
  auto deps = gateway::node_service_deps{};
  deps.bus = sys.spawn(event_bus);
  auto door = gateway::gateway::start(sys, door_settings(directory), deps);
  if (!door)
    return 1;
  std::cout << "ready" << std::endl;
  auto word = std::string{};
  // "go" once all have subscribed.
  std::cin >> word;
  ::malloc_trim(0);
  auto before = resident_bytes();
  auto cpu_before = cpu_seconds();
  {
    publisher publishing{deps.bus};
    std::cin >> word; // "stop"
    auto behind = late_arrival::milliseconds(deps.bus);
    std::cout << nlohmann::json{{"published", publishing.published()},
                                {"cpu_s", cpu_seconds() - cpu_before},
                                {"grown_bytes", resident_bytes() - before},
                                {"behind_ms", behind}}
              << std::endl;
  }
  // Readers go first, or they would look as if they had been dropped.
  while (std::cin >> word) {
  }
  ::_exit(0);
}

} // namespace berth::bench
