#include "app/berthd/wiring.hpp"

#include "actors/ask.hpp"
#include "actors/content/content.hpp"
#include "actors/content/disk_worker.hpp"
#include "actors/disk/disk_gauge_worker.hpp"
#include "actors/events/event_bus.hpp"
#include "actors/git_cache/git_cache.hpp"
#include "actors/git_cache/mirror_worker.hpp"
#include "actors/images/image_store.hpp"
#include "actors/images/layer_worker.hpp"
#include "actors/iws/workspace_services.hpp"
#include "actors/jobs/job.hpp"
#include "actors/kernel/hands.hpp"
#include "actors/maintenance/maintenance_worker.hpp"
#include "actors/process/process_worker.hpp"
#include "actors/quarantine/quarantine.hpp"
#include "actors/quarantine/quarantine_worker.hpp"
#include "actors/resolve/login_file_worker.hpp"
#include "actors/resolve/resolver.hpp"
#include "actors/resources/resource_worker.hpp"
#include "actors/resources/resources.hpp"
#include "actors/runtime/network.hpp"
#include "actors/runtime/runtime.hpp"
#include "actors/sessions/content_sessions.hpp"
#include "actors/store/store_worker.hpp"
#include "actors/workspace/secrets_worker.hpp"
#include "actors/workspace/workspace_manager.hpp"
#include "app/berthd/build_wiring.hpp"
#include "app/berthd/cgroup_cleanup.hpp"
#include "core/log.hpp"
#include "core/objects/file_storage.hpp"
#include "core/objects/s3_storage.hpp"
#include "sys/clock.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <future>

namespace berth {

using namespace std::chrono_literals;

namespace {

using shared_settings = std::shared_ptr<const settings>;

constexpr auto nft_program = "/usr/sbin/nft";

job_hands make_job_hands(caf::actor_system& sys, const settings& settings,
                         const process_actor& process) {
  auto helper_dir = settings.runtime.helper_dir;
  auto deps = job_deps{process, detached_hands(sys, helper_dir), helper_dir,
                       network_environment(), network_files()};
  return [&sys, deps] { return sys.spawn(job, deps); };
}

std::shared_ptr<object_storage> open_storage(const settings& settings) {
  const auto& told = settings.storage;
  if (told.kind != "s3")
    return make_file_storage(told.path, told.backup_generations,
                             layout{settings}.storage_mark());
  auto store = s3::settings{
    told.endpoint,        told.region,     told.bucket, told.access_key_file,
    told.secret_key_file, told.path_style, told.ca_file};
  // Less than who waits for it allows, so that its error is the one heard.
  store.limits.writing = std::chrono::duration_cast<std::chrono::milliseconds>(
    settings.timeouts.content_finalization / (archive_attempts + 1));
  return make_s3_storage(std::move(store), layout{settings}.uploads(),
                         layout{settings}.generations(),
                         told.backup_generations);
}

content_actor spawn_content(caf::actor_system& sys,
                            const shared_settings& settings,
                            const household& house, const job_hands& jobs,
                            std::vector<archive_record> archives) {
  auto hands = detached_hands(sys, settings->runtime.helper_dir);
  auto disk = [&sys, storage = house.storage] {
    return sys.spawn<caf::detached>(disk_worker, storage);
  };
  return sys.spawn(content,
                   content_deps{settings, disk, hands.file, jobs, house.store,
                                house.runtime, house.archives, wall_clock_ns,
                                house.metrics, house.mirrors},
                   std::move(archives));
}

git_cache_actor spawn_mirrors(caf::actor_system& sys,
                              const shared_settings& settings,
                              const household& house, const job_hands& jobs) {
  auto disk = [&sys, where = layout{*settings}.mirrors()] {
    return sys.spawn<caf::detached>(mirror_worker, where);
  };
  return sys.spawn(git_cache, git_cache_deps{settings, disk, jobs,
                                             wall_clock_ns, house.gauges});
}

disk_guard_actor spawn_disk_guard(caf::actor_system& sys,
                                  const shared_settings& settings,
                                  const household& house) {
  auto gauge = [&sys, where = settings->node.state_dir] {
    return sys.spawn<caf::detached>(disk_gauge_worker, where);
  };
  return sys.spawn(disk_guard, disk_guard_deps{settings, gauge, house.mirrors,
                                               house.gauges, house.builds});
}

quarantine_actor spawn_quarantine(caf::actor_system& sys,
                                  const shared_settings& settings,
                                  const household& house) {
  auto hands = [&sys, where = layout{*settings}.quarantine()] {
    return sys.spawn<caf::detached>(quarantine_worker, where);
  };
  return sys.spawn(quarantine, quarantine_deps{settings, hands, house.content,
                                               house.published, wall_clock_ns,
                                               house.gauges});
}

image_store_actor spawn_images(caf::actor_system& sys,
                               const shared_settings& settings,
                               const store_actor& store, const job_hands& jobs,
                               std::vector<stored_image> images) {
  auto hands = detached_hands(sys, settings->runtime.helper_dir);
  return sys.spawn(
    image_store,
    image_deps{settings, store,
               [&sys] { return sys.spawn<caf::detached>(layer_worker); },
               hands.file, jobs},
    std::move(images));
}

/// It hears of all workspaces before the manager begins to speak of them.
void spawn_resources(caf::actor_system& sys, const shared_settings& settings,
                     household& house) {
  house.shares = std::make_shared<resource_metrics>(settings->node.name);
  house.resources = sys.spawn(
    resources,
    resources_deps{settings, house.process, nft_program,
                   [&sys] { return sys.spawn<caf::detached>(resource_worker); },
                   house.shares});
  tell_actor(house.bus, subscribe{{}, resources_listener(house.resources)});
}

resolver_actor spawn_resolver(caf::actor_system& sys,
                              const shared_settings& settings,
                              const image_store_actor& images,
                              const job_hands& jobs) {
  auto logins = [&sys] { return sys.spawn<caf::detached>(login_file_worker); };
  return sys.spawn(resolver, resolver_deps{settings, images, jobs, logins,
                                           unpacker_range(*settings)});
}

template <class Stored, class Handle, class Load>
result<Stored> read_store(caf::actor_system& sys, const Handle& store,
                          Load what) {
  auto self = caf::scoped_actor{sys};
  auto outcome = result<Stored>{make_error(ec::internal, "no answer")};
  self->request(store, 5min, what)
    .receive([&](Stored& all) { outcome = std::move(all); },
             [&](caf::error& err) { outcome = std::move(err); });
  return outcome;
}

/// Asks and waits; only before the doors open and after they closed.
template <class Handle, class Message>
result<void> ask(caf::actor_system& sys, const Handle& whom, Message message) {
  auto self = caf::scoped_actor{sys};
  auto outcome = result<void>{};
  self->request(whom, 1min, std::move(message))
    .receive([](const done&) {},
             [&](caf::error& err) { outcome = std::move(err); });
  return outcome;
}

bool has_live_workspaces(const workspace_manager_actor& manager) {
  using outcome = result<std::vector<record_ptr>>;
  auto promise = std::make_shared<std::promise<outcome>>();
  auto future = promise->get_future();
  tell_actor(
    manager,
    get_workspaces{{}, answer<std::vector<record_ptr>>{[promise](outcome it) {
                     promise->set_value(std::move(it));
                   }}});
  auto all = future.wait_for(10s) == std::future_status::ready
               ? future.get()
               : outcome{make_error(ec::timeout, "no answer")};
  // Who does not know leaves the network as it is.
  return !all || std::any_of(all->begin(), all->end(), [](const auto& record) {
    return record->phase != phase::stopped;
  });
}

result<node_clock> clock_of_this_machine() {
  auto boot = sys::boot_id();
  if (!boot)
    return boot.error();
  auto wall = []() -> wall_time { return std::chrono::system_clock::now(); };
  return node_clock{wall, sys::since_boot, std::move(*boot)};
}

manager_deps deps_of_manager(caf::actor_system& sys,
                             const shared_settings& settings,
                             const household& house, node_clock clock) {
  auto deps = manager_deps{};
  deps.bus = house.bus;
  deps.disk = house.disk;
  auto& each = deps.workspace;
  each.settings = settings;
  each.clock = std::move(clock);
  each.store = house.store;
  each.content = house.content;
  each.images = house.images;
  each.runtime = house.runtime;
  each.maintenance = house.maintenance;
  each.secrets = [&sys, where = layout{*settings}] {
    return sys.spawn<caf::detached>(secrets_worker, where);
  };
  return deps;
}

content_sessions_actor spawn_sessions(caf::actor_system& sys,
                                      const manager_deps& by_manager,
                                      const household& house,
                                      std::vector<session_ptr> stored) {
  auto deps = sessions_deps{};
  deps.session = {by_manager.workspace.settings, house.store, house.content,
                  by_manager.workspace.clock.wall, house.metrics};
  deps.manager = house.manager;
  deps.bus = house.bus;
  deps.disk = house.disk;
  deps.published = house.published;
  deps.ids = by_manager.ids;
  deps.gauges = house.gauges;
  return sys.spawn(content_sessions, std::move(deps), std::move(stored));
}

template <class Handle>
void end(caf::scoped_actor& self, Handle& actor) {
  if (!actor)
    return;
  self->send_exit(actor, caf::exit_reason::user_shutdown);
  self->wait_for(actor);
  actor = Handle{};
}

/// The host's part of the network, then the runtime that links workspaces to
/// it.
result<void> open_network(caf::actor_system& sys,
                          const shared_settings& settings, household& house) {
  house.network = spawn_network_actor(sys, *settings, house.process);
  if (auto made = ask(sys, house.network, set_up_network{}); !made)
    return made;
  auto runtime
    = spawn_runtime_actor(sys, settings, house.process, house.services);
  if (!runtime)
    return runtime.error();
  house.runtime = *runtime;
  return {};
}

} // namespace

result<household> move_in(caf::actor_system& sys, shared_settings settings,
                          std::shared_ptr<service_doors> doors) {
  auto house = household{};
  auto clock = clock_of_this_machine();
  if (!clock)
    return clock.error();
  auto store = spawn_store_actor(sys, layout{*settings}.database());
  if (!store)
    return store.error();
  house.store = *store;
  auto stored = read_store<everything_stored>(sys, house.store, load_all{});
  auto served = read_store<stored_services>(sys, service_store(house.store),
                                            load_services{});
  if (!stored || !served) {
    move_out(sys, *settings, house);
    return stored ? served.error() : stored.error();
  }
  house.services = spawn_workspace_services(
    sys, settings, service_store(house.store), std::move(doors),
    sys::since_boot, std::move(served->services));
  house.process = spawn_process_actor(sys);
  if (auto open = open_network(sys, settings, house); !open) {
    move_out(sys, *settings, house);
    return open.error();
  }
  auto jobs = make_job_hands(sys, *settings, house.process);
  house.storage = open_storage(*settings);
  house.mirrors = spawn_mirrors(sys, settings, house, jobs);
  house.content
    = spawn_content(sys, settings, house, jobs, std::move(stored->archives));
  house.images
    = spawn_images(sys, settings, house.store, jobs, std::move(stored->images));
  house.resolver = spawn_resolver(sys, settings, house.images, jobs);
  house.builds
    = spawn_builds(sys, settings, house, jobs, std::move(stored->builds));
  house.disk = spawn_disk_guard(sys, settings, house);
  house.bus = sys.spawn(event_bus);
  spawn_resources(sys, settings, house);
  house.maintenance
    = sys.spawn<caf::detached>(maintenance_worker, settings->maintenance_file);
  auto deps = deps_of_manager(sys, settings, house, std::move(*clock));
  house.published = deps.workspace.published;
  for (const auto& session : stored->sessions)
    deps.ids->claim(session->id, instance_ids::user::session);
  house.manager
    = sys.spawn(workspace_manager, deps, std::move(stored->records));
  house.sessions
    = spawn_sessions(sys, deps, house, std::move(stored->sessions));
  house.quarantine = spawn_quarantine(sys, settings, house);
  return house;
}

void move_out(caf::actor_system& sys, const settings& settings,
              household& house) {
  auto self = caf::scoped_actor{sys};
  auto is_idle = house.manager && !has_live_workspaces(house.manager);
  end(self, house.quarantine);
  end(self, house.sessions);
  end(self, house.manager);
  end(self, house.maintenance);
  end(self, house.resources);
  end(self, house.bus);
  end(self, house.builds);
  end(self, house.resolver);
  end(self, house.images);
  if (house.storage)
    house.storage->stop(); // or content would wait for a store that is down
  end(self, house.content);
  end(self, house.disk);
  end(self, house.mirrors);
  end(self, house.runtime);
  end(self, house.services);
  if (is_idle)
    if (auto undone = ask(sys, house.network, tear_down_network{}); !undone)
      log_error("network-not-torn-down", "", describe(undone.error()));
  end(self, house.network);
  end(self, house.process);
  remove_build_cgroups(settings);
  if (is_idle)
    remove_empty_cgroups(settings);
  end(self, house.store);
}

} // namespace berth
