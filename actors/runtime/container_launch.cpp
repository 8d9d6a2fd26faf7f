#include "actors/runtime/container_launch.hpp"

#include "actors/ask.hpp"
#include "actors/runtime/container_release.hpp"
#include "core/log.hpp"
#include "core/network/resolvers.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto step_limit = 35s;
constexpr auto release_limit = 60s;

constexpr int root_fd = 3;
constexpr int monitor_fd = 4;

/// Older output gives way to newer.
constexpr auto log_bytes = "16777216";

} // namespace

void container_launch_state::take_charge(container_launch_actor::pointer self,
                                         runtime_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<launched>
container_launch_state::run(const launch& what) {
  plan_ = what.plan;
  promise_ = self_->make_response_promise<launched>();
  const auto& runtime = deps_.config->runtime;
  auto subnet
    = address_pool{runtime.subnet, runtime.subnet_bits}.at(plan_->slot);
  if (!subnet) {
    promise_.deliver(subnet.error());
    self_->quit();
  } else {
    subnet_ = *subnet;
    prepare();
  }
  return promise_;
}

id_map container_launch_state::files() const {
  return deps_.files_of(plan_->kind, plan_->slot);
}

bool container_launch_state::awaits_environment() const {
  return plan_->asleep || !plan_->secret_env.empty();
}

container_spec container_launch_state::spec_of_container() const {
  auto where = deps_.where();
  const auto& id = plan_->id;
  auto spec = container_spec{};
  spec.hostname = plan_->hostname;
  spec.kind = plan_->kind;
  spec.first_id = files().front().host_id;
  spec.image = plan_->image.config;
  spec.env = plan_->env;
  if (awaits_environment())
    spec.env.push_back({environment_variable, environment_pipe});
  spec.headless = plan_->headless;
  spec.limits = plan_->limits;
  spec.cgroup = where.cgroup(id);
  spec.root = layout::container_root();
  spec.content = plan_->asleep ? where.place(id)
                               : std::filesystem::path{plan_->content_dir};
  spec.shared = where.shared(id);
  spec.init = deps_.config->runtime.helper_dir / "berth-init";
  spec.resolv_conf = where.workspace(id) / "resolv.conf";
  spec.hosts = where.workspace(id) / "hosts";
  spec.hostname_file = where.workspace(id) / "hostname";
  spec.termination_log = where.termination_log(id);
  spec.seccomp_program = deps_.seccomp_program;
  return spec;
}

/// While everything else is made ready; crun moves the container soon.
void container_launch_state::keep_cgroups_warm() {
  ask_actor(self_, deps_.kernel.cgroup(), step_limit, warm_cgroups{})
    .then([](const done&) {}, [](const caf::error&) {}); // only slower
}

void container_launch_state::prepare() {
  keep_cgroups_warm();
  auto prepared = [this] {
    if (--unprepared_ == 0 && !failed_)
      join_root();
  };
  ask_actor(self_, deps_.kernel.idmap(), step_limit,
            make_userns{{}, id_map_text(files())})
    .then(
      [this, prepared](const userns& made) {
        userns_ = made;
        prepared();
      },
      [this](const caf::error& err) { fail("user namespace", err); });
  ask_actor(self_, deps_.hands.bundle(), step_limit,
            make_bundle{plan_->id, spec_of_container(),
                        resolv_conf(deps_.resolvers),
                        hosts_file(subnet_.address, plan_->hostname),
                        awaits_environment(), plan_->asleep})
    .then(
      [this, prepared](const bundle& made) {
        bundle_ = made;
        prepared();
      },
      [this](const caf::error& err) { fail("bundle", err); });
}

void container_launch_state::join_root() {
  auto where = deps_.where();
  auto job = join_layers{};
  for (const auto& layer : plan_->image.layers)
    job.layers.push_back(where.layer(layer).native());
  job.upper = where.rootfs(plan_->id).native();
  job.owner = userns_.ns;
  job.range.start = files().front().host_id;
  ask_actor(self_, deps_.kernel.mount(), step_limit, std::move(job))
    .then([this](const detached_root& root) { start_monitor(root); },
          [this](const caf::error& err) { fail("root file system", err); });
}

void container_launch_state::start_monitor(const detached_root& root) {
  keep_cgroups_warm(); // a mount may have waited for the disk
  userns_ = {};
  auto where = deps_.where();
  const auto& runtime = deps_.config->runtime;
  const auto& id = plan_->id;
  auto name = layout::container(id);
  auto child = child_spec{};
  child.argv = {
    (runtime.helper_dir / "berth-ns").native(), "container", "--root-fd",
    std::to_string(root_fd), "--root-at", layout::container_root().native(),
    "--", runtime.conmon.native(), "--api-version", "1", "--cid", name,
    "--cuuid", name, "--name", name, "--runtime", runtime.oci_runtime.native(),
    "--runtime-arg", "--root=" + where.crun_root().native(), "--bundle",
    where.bundle(id).native(), "--full-attach", "--conmon-pidfile",
    where.monitor_pid(id).native(), "--container-pidfile",
    where.container_pid(id).native(), "--log-path",
    "k8s-file:" + where.log(id).native(), "--log-size-max", log_bytes,
    "--no-sync-log", "--exit-dir", where.exits().native(), "--persist-dir",
    where.workspace(id).native(),
    // A pipe for stdin: crun would give the host's /dev/null to
    // the container's root.
    "--stdin"};
  child.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
               "_OCI_SYNCPIPE=" + std::to_string(monitor_fd)};
  child.fds = {{root.mount, root_fd}, {bundle_.monitor_end, monitor_fd}};
  bundle_.monitor_end = nullptr;
  ask_actor(self_, deps_.process, step_limit, run_child{std::move(child)})
    .then(
      [this](const child_exit& end) {
        if (end.code == 0)
          return await_container();
        fail("monitor", make_error(ec::internal, last_words(end)));
      },
      [this](const caf::error& err) { fail("monitor", err); });
}

void container_launch_state::await_container() {
  ask_actor(self_, deps_.hands.bundle(), step_limit,
            await_created{plan_->id, std::move(bundle_.our_end)})
    .then(
      [this](const container_ref& container) {
        container_ = container;
        settle_monitor();
        connect();
      },
      [this](const caf::error& err) { fail("container", err); });
}

/// Nobody waits for it: until then the monitor is only less well protected.
void container_launch_state::settle_monitor() {
  ask_actor(self_, deps_.hands.container(), step_limit,
            berth::settle_monitor{plan_->id})
    .then([](const done&) {},
          [id = plan_->id](const caf::error& err) {
            log_warning("monitor-not-settled", id, describe(err));
          });
}

void container_launch_state::connect() {
  ask_actor(self_, deps_.kernel.veth(), step_limit,
            connect_veth{container_.pid, deps_.where().link(plan_->slot),
                         subnet_.gateway, subnet_.address})
    .then([this](const done&) { open_service(); },
          [this](const caf::error& err) { fail("network", err); });
}

/// Its first process finds the sockets there.
void container_launch_state::open_service() {
  ask_actor(self_, deps_.services, step_limit,
            berth::open_service{plan_, container_})
    .then([this](const done&) { start(); },
          [this](const caf::error& err) { fail("service", err); });
}

void container_launch_state::start() {
  auto call = runtime_call(deps_, {"start", layout::container(plan_->id)});
  ask_actor(self_, deps_.process, step_limit, run_child{std::move(call)})
    .then(
      [this](const child_exit& end) {
        if (end.code == 0)
          return tell_environment();
        fail("start", make_error(ec::internal, last_words(end)));
      },
      [this](const caf::error& err) { fail("start", err); });
}

void container_launch_state::tell_environment() {
  if (plan_->asleep || !awaits_environment())
    return finish();
  ask_actor(self_, deps_.hands.bundle(), step_limit,
            tell_init{plan_->id, plan_->secret_env})
    .then([this](const done&) { finish(); },
          [this](const caf::error& err) { fail("environment", err); });
}

void container_launch_state::finish() {
  promise_.deliver(launched{container_, to_dotted(subnet_.address)});
  self_->quit();
}

void container_launch_state::fail(const char* step, const caf::error& why) {
  if (std::exchange(failed_, true))
    return;
  log_error("launch-failed", plan_->id,
            std::string{step} + ": " + describe(why));
  auto told = make_error(code_of(why), std::string{step}
                                         + " of the container: see the log of "
                                           "the node");
  userns_ = {};
  bundle_ = {};
  if (code_of(why) == ec::already_exists) {
    promise_.deliver(why); // what is there is not ours to release
    return self_->quit();
  }
  auto answer_it = [this, told] {
    promise_.deliver(told);
    self_->quit();
  };
  ask_actor(self_, self_->spawn(container_release, deps_), release_limit,
            release_container{plan_->id, plan_->slot})
    .then([answer_it](const done&) { answer_it(); },
          [answer_it](const caf::error&) { answer_it(); });
}

container_launch_actor::behavior_type container_launch(
  container_launch_actor::stateful_pointer<container_launch_state> self,
  runtime_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const launch& what) { return self->state.run(what); },
  };
}

} // namespace berth
