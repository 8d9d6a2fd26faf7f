#include "test/services/services_fixture.hpp"

#include "actors/iws/hands_api.hpp"

namespace berth::test {

using namespace std::chrono_literals;

namespace {

service_store_actor::behavior_type
fake_service_store(service_store_actor::pointer, script_ptr is,
                   std::map<std::string, service_ptr>* stored_ones) {
  return {
    [=](const put_service& put) -> caf::result<stored> {
      if (is->fail.contains("store"))
        return make_error(ec::unavailable, is->fail["store"]);
      (*stored_ones)[put.service->id] = put.service;
      return stored{};
    },
    [=](const drop_service& drop) {
      stored_ones->erase(drop.id);
      return stored{};
    },
    [](load_services) { return stored_services{}; },
  };
}

iws_process_actor::behavior_type fake_process(iws_process_actor::pointer self,
                                              script_ptr is) {
  return {
    [=](const pin_process& job) {
      return play(self, is, "pin", std::to_string(job.pid), pinned{});
    },
    [=](const write_id_map& job) {
      return play(self, is, "map",
                  to_string(job.container.kind) + ' '
                    + (job.gid ? "gid" : "uid"),
                  done{});
    },
  };
}

iws_mount_actor::behavior_type fake_mount(iws_mount_actor::pointer self,
                                          script_ptr is, const bool* is_busy) {
  return {
    [=](const prepare_mark& job) {
      return play(self, is, "mark", job.shared, done{});
    },
    [=](const remove_mark& job) {
      return play(self, is, "unmark", job.even_if_busy ? "busy" : "idle",
                  mark_removed{job.even_if_busy || !*is_busy});
    },
    [=](const mount_kernel_fs& job) {
      return play(self, is, "mount", job.at, done{});
    },
    [=](const unmount_fs& job) {
      return play(self, is, "umount", job.at, done{});
    },
    [=](const mount_nfs& job) {
      return play(self, is, "nfs", job.source, done{});
    },
  };
}

iws_network_actor::behavior_type fake_network(iws_network_actor::pointer self,
                                              script_ptr is) {
  return {
    [=](const join_network&) {
      return play(self, is, "join", "network", done{});
    },
  };
}

iws_cgroup_actor::behavior_type fake_cgroup(iws_cgroup_actor::pointer self,
                                            script_ptr is,
                                            const usage_sample* usage) {
  return {
    [=](const divide_cgroup& job) {
      return play(self, is, "divide", job.container.cgroup, done{});
    },
    [=](const delegate_cgroup&) {
      return play(self, is, "delegate", "cgroup", done{});
    },
    [=](const read_usage& job) {
      return play(self, is, "usage", job.cgroup, *usage);
    },
  };
}

mount_count_actor::behavior_type
fake_count(mount_count_actor::pointer self, script_ptr is,
           const std::vector<mounts_made>* left) {
  return {
    [](const find_mount_namespace&) { return mount_namespace{77}; },
    [=](const recount_mounts&) {
      return play(self, is, "recount", "mounts", mounts_left{*left});
    },
  };
}

door_actor::behavior_type fake_opener(door_actor::pointer self, script_ptr is,
                                      std::shared_ptr<fake_doors> doors) {
  return {
    [=](const open_doors& job) {
      auto ids = std::string{};
      for (const auto& wanted : job.doors) {
        ids += (ids.empty() ? "" : " ") + wanted.id;
        (void)doors->open({wanted.id, {}, {}, wanted.service});
      }
      return play(self, is, "open", ids, done{});
    },
  };
}

} // namespace

iws_hands services_fixture::fake_hands() {
  auto hands = iws_hands{};
  hands.process = [this] { return sys.spawn(fake_process, is); };
  hands.mount = [this] {
    return sys.spawn(fake_mount, is, &std::as_const(mark_is_busy));
  };
  hands.network = [this] { return sys.spawn(fake_network, is); };
  hands.cgroup
    = [this] { return sys.spawn(fake_cgroup, is, &std::as_const(usage)); };
  return hands;
}

services_fixture::services_fixture() {
  conf->node.state_dir = "/state";
  conf->node.run_dir = "/run";
  is->waiting = spawn(gate);
  store = spawn(fake_service_store, is, &stored);
  open_all();
}

services_fixture::~services_fixture() {
  doors->open_for.clear();
  for (const auto& step : {"mark", "mount", "open"})
    is->let_go(step);
  settle();
  advance(60s); // whoever waits for a turn, or watches
}

void services_fixture::open_all() {
  if (services) {
    caf::anon_send_exit(services, caf::exit_reason::user_shutdown);
    settle();
    doors->open_for.clear();
  }
  auto deps = services_deps{};
  deps.each.settings = conf;
  deps.each.store = store;
  deps.each.hands = fake_hands();
  deps.each.mounts
    = [this] { return sys.spawn(fake_count, is, &std::as_const(left)); };
  deps.each.since_boot
    = [this] { return sched.clock().now().time_since_epoch(); };
  deps.doors = doors;
  deps.opener = [this] { return sys.spawn(fake_opener, is, doors); };
  auto known = std::vector<service_ptr>{};
  for (const auto& [id, service] : stored)
    known.push_back(service);
  services = spawn(workspace_services, std::move(deps), std::move(known));
}

result<done> services_fixture::serve(const std::string& id) {
  auto plan = std::make_shared<container_plan>();
  plan->id = id;
  plan->kind = kind;
  return ask<done>(services, open_service{plan, {100, 5}});
}

result<done> services_fixture::end(const std::string& id) {
  return ask<done>(services, close_service{id});
}

std::string services_fixture::tear() {
  auto outcome = begin<torn_down>(tear_down{});
  if (*outcome && **outcome)
    return (*outcome)->value().success ? "torn down" : "still there";
  return said(outcome);
}

} // namespace berth::test
