#include "app/berthd/node.hpp"

#include "actors/ask.hpp"
#include "app/berthd/config.hpp"
#include "app/berthd/doctor.hpp"
#include "app/berthd/wiring.hpp"
#include "core/log.hpp"
#include "core/maintenance.hpp"
#include "core/node_directories.hpp"
#include "grpc_gateway/doors/workspace_doors.hpp"
#include "grpc_gateway/server.hpp"
#include "http_gateway/server.hpp"
#include "http_gateway/workspace_metrics.hpp"
#include "sys/file.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <thread>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// Calls that are under way when the service ends get this long.
constexpr auto shutdown_grace = 5s;
constexpr auto lock_patience = 2s;
constexpr auto lock_pause = 20ms;

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads",
        size_t{std::max(2u, std::thread::hardware_concurrency())});
    // The default is no limit, and lets one busy actor starve the others.
    set("scheduler.max-throughput", size_t{50});
  }
};

void apply_log_settings(const settings& settings) {
  auto level = log_level::info;
  if (settings.log.level == "debug")
    level = log_level::debug;
  else if (settings.log.level == "warning")
    level = log_level::warning;
  else if (settings.log.level == "error")
    level = log_level::error;
  configure_log(level, settings.log.format == "json");
}

/// Two services on one state directory would fight over every workspace.
result<sys::fd> lock_state(const std::filesystem::path& state_dir) {
  auto path = state_dir / "lock";
  auto file = sys::fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file)
    return errno_error(errno, "open", path.native());
  // One that was just killed may still be on its way out.
  auto until = std::chrono::steady_clock::now() + lock_patience;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > until)
      return make_error(ec::failed_precondition,
                        "another berthd uses " + state_dir.native());
    std::this_thread::sleep_for(lock_pause);
  }
  return file;
}

result<void> make_directories(const settings& settings) {
  if (auto made = make_node_directories(layout{settings}); !made)
    return made;
  if (settings.storage.kind != "file")
    return {};
  return sys::make_directories(settings.storage.path, 0700);
}

} // namespace

struct node::parts {
  explicit parts(settings loaded)
    : config(std::make_shared<const settings>(std::move(loaded))) {}

  std::shared_ptr<const settings> config;
  sys::fd lock;
  system_config actor_config;
  caf::actor_system system{actor_config};
  household house;
  std::shared_ptr<gateway::call_metrics> calls
    = std::make_shared<gateway::call_metrics>();
  std::shared_ptr<http::workspace_metrics> workspaces
    = std::make_shared<http::workspace_metrics>(config->metrics_prefix);
  std::shared_ptr<gateway::workspace_doors> doors;
  std::unique_ptr<http::http_gateway> web;
  std::unique_ptr<gateway::gateway> grpc;

  /// What /metrics says beside the state of the workspaces.
  std::function<void(exposition&)> metrics() const {
    return [config = config, calls = calls, workspaces = workspaces,
            contents = house.metrics, archives = house.archives,
            shares = house.shares, gauges = house.gauges](exposition& out) {
      calls->write(out);
      workspaces->write(out);
      contents->write(out);
      archives->write(out);
      shares->write(out);
      gauges->write(out, config->node.name);
      auto now = std::chrono::system_clock::now();
      auto is_on = is_under_maintenance(config->maintenance_file, now);
      out.metric(config->metrics_prefix + "maintenance_enabled", "gauge",
                 "Whether the node is under maintenance.",
                 is_on && *is_on ? 1 : 0);
    };
  }
};

node::node(std::unique_ptr<parts> all) : parts_(std::move(all)) {}

node::~node() {
  shut_down();
}

result<std::unique_ptr<node>> node::start(settings loaded) {
  apply_log_settings(loaded);
  if (auto made = make_directories(loaded); !made)
    return made.error();
  auto locked = lock_state(loaded.node.state_dir);
  if (!locked)
    return locked.error();
  auto all = std::make_unique<parts>(std::move(loaded));
  all->lock = std::move(*locked);
  auto doors = gateway::workspace_doors::start(all->calls);
  if (!doors)
    return doors.error();
  all->doors = std::move(*doors);
  auto house = move_in(all->system, all->config, all->doors);
  if (!house)
    return house.error();
  all->house = std::move(*house);
  auto self = std::unique_ptr<node>{new node{std::move(all)}};
  if (auto opened = self->open_doors(); !opened)
    return opened.error();
  return self;
}

result<void> node::open_doors() {
  auto& all = *parts_;
  tell_actor(all.house.bus, subscribe{{}, all.workspaces});
  auto http = http::http_gateway::start(
    *all.config, all.house.manager,
    {all.config->node.name, BERTH_VERSION, all.metrics(),
     [config = all.config](exposition& out, const auto& records) {
       http::write_workspace_gauges(out, *config, records);
     },
     [gauges = all.house.gauges] { return gauges->shortage(); }});
  if (!http)
    return http.error();
  all.web = std::move(*http);
  auto deps = gateway::node_service_deps{};
  deps.manager = all.house.manager;
  deps.bus = all.house.bus;
  deps.published = all.house.published;
  deps.sessions = all.house.sessions;
  deps.images = all.house.images;
  deps.resolver = all.house.resolver;
  deps.builds = all.house.builds;
  deps.processes = all.house.process;
  deps.doctor = [config = all.config, storage = all.house.storage] {
    return examine_machine(*config, *storage);
  };
  deps.calls = all.calls;
  deps.maintenance = all.house.maintenance;
  deps.quarantine = all.house.quarantine;
  deps.shortage = [gauges = all.house.gauges] { return gauges->shortage(); };
  deps.version = BERTH_VERSION;
  deps.http_address = all.web->address();
  deps.started_at = std::chrono::system_clock::now();
  auto grpc = gateway::gateway::start(all.system, all.config, deps);
  if (!grpc)
    return grpc.error();
  all.grpc = std::move(*grpc);
  all.grpc->set_serving(true);
  log_info("serving", all.config->node.name,
           "gRPC " + all.grpc->address() + ", HTTP " + all.web->address());
  return {};
}

void node::reload(const std::string& config_file) {
  auto loaded = load_config(config_file);
  if (!loaded)
    return log_error("not-reloaded", "", describe(loaded.error()));
  apply_log_settings(*loaded);
  log_info("reloaded", "", "log level and format");
}

void node::shut_down() {
  auto& all = *parts_;
  if (all.grpc) {
    all.grpc->set_serving(false);
    all.grpc->stop(shutdown_grace);
  }
  if (all.doors)
    all.doors->stop();
  if (all.web)
    all.web->stop();
  move_out(all.system, *all.config, all.house);
  all.grpc.reset();
  all.doors.reset();
  all.web.reset();
}

} // namespace berth
