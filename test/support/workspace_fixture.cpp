#include "test/support/workspace_fixture.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace berth::test {

using namespace std::chrono_literals;

std::vector<phase> listening::phases_of(const std::string& id) const {
  auto phases = std::vector<phase>{};
  for (const auto& record : heard)
    if (record->spec.id == id
        && (phases.empty() || phases.back() != record->phase))
      phases.push_back(record->phase);
  return phases;
}

workspace_fixture::workspace_fixture() {
  conf->node.name = "node";
  conf->ingress.workspace_url = "http://{{ .Prefix }}.ws.test";
  conf->runtime.uid_size = 10 * 65536;
  conf->runtime.subnet_bits = 24;
  conf->classes["default"] = {.id = "default"};
  conf->timeouts = {.regular = 60min,
                    .after_close = 1min,
                    .headless = 90min,
                    .max_lifetime = 36h,
                    .startup = 45min,
                    .initialization = 30min,
                    .content_finalization = 55min,
                    .stopping = 60min,
                    .interrupted = 5min,
                    .stopped_retention = 2min};
  conf->heartbeat_interval = 30s;
}

void workspace_fixture::suspend(duration by) {
  *wall += by;
  *booted += by;
}

void workspace_fixture::reboot() {
  ++boots;
  *booted = 10s - sched.clock().now().time_since_epoch();
  open();
}

void workspace_fixture::open() {
  if (manager) {
    caf::anon_send_exit(manager, caf::exit_reason::kill);
    settle();
  }
  auto passed = [this] { return sched.clock().now().time_since_epoch(); };
  auto clock = node_clock{[=, wall = wall] { return *wall + passed(); },
                          [=, booted = booted] { return *booted + passed(); },
                          "boot " + std::to_string(boots)};
  is->waiting = spawn(gate);
  bus = spawn(event_bus);
  watcher = std::make_shared<listening>();
  self->send(bus, subscribe{{}, watcher});
  auto deps = manager_deps{};
  deps.bus = bus;
  disk = spawn(fake_disk, is);
  deps.disk = disk;
  published = deps.workspace.published;
  ids = deps.ids;
  for (const auto& [id, session] : is->sessions)
    ids->claim(id, instance_ids::user::session);
  store = spawn(fake_store, is);
  content = spawn(fake_content, is);
  deps.workspace.settings = conf;
  deps.workspace.clock = clock;
  deps.workspace.store = store;
  deps.workspace.content = content;
  deps.workspace.images = spawn(fake_images, is);
  deps.workspace.runtime = spawn(fake_runtime, is);
  deps.workspace.maintenance = spawn(fake_maintenance, is);
  deps.workspace.secrets = [this] {
    auto keeper = sys.spawn(fake_secrets, is);
    adopt(keeper);
    return keeper;
  };
  auto stored = std::vector<record_ptr>{};
  for (const auto& [id, record] : is->disk)
    stored.push_back(record);
  manager = spawn(workspace_manager, deps, stored);
}

workspace_spec workspace_fixture::spec_of(const std::string& id) {
  auto spec = workspace_spec{};
  spec.id = id;
  spec.owner = "anna";
  spec.meta_id = "meta-" + id;
  spec.image = "base";
  spec.class_id = "default";
  spec.checkout_locations = {"repo"};
  return spec;
}

result<start_accepted>
workspace_fixture::start(const workspace_spec& spec,
                         const initializer_secrets& secrets) {
  return tell<start_accepted>(
    start_workspace{std::make_shared<const workspace_spec>(spec), secrets, {}});
}

result<done> workspace_fixture::stop(const std::string& id,
                                     stop_policy policy) {
  return tell<done>(stop_workspace{id, policy, {}});
}

result<done> workspace_fixture::mark(const std::string& id, bool closed,
                                     bool ignore_if_active) {
  return tell<done>(mark_active{id, closed, ignore_if_active, {}});
}

result<done> workspace_fixture::adjust(const std::string& id,
                                       const adjustment& what) {
  return tell<done>(adjust_workspace{id, what, {}});
}

result<snapshot_taken> workspace_fixture::take(const std::string& id,
                                               bool return_immediately) {
  return tell<snapshot_taken>(take_snapshot{id, return_immediately, {}});
}

result<backup_taken> workspace_fixture::back_up(const std::string& id) {
  return tell<backup_taken>(backup_workspace{id, {}});
}

result<record_ptr> workspace_fixture::describe(const std::string& id) {
  return tell<record_ptr>(describe_workspace{id, {}});
}

std::vector<record_ptr> workspace_fixture::list(const metadata_filter& filter) {
  auto all = tell<std::vector<record_ptr>>(get_workspaces{filter, {}});
  return all ? *all : std::vector<record_ptr>{};
}

phase workspace_fixture::phase_of(const std::string& id) {
  auto record = describe(id);
  return record ? (*record)->phase : phase::unknown;
}

void workspace_fixture::end_container(const std::string& id,
                                      container_end end) {
  is->ends[id] = std::move(end);
  is->let_go("end " + id);
  settle();
}

} // namespace berth::test
