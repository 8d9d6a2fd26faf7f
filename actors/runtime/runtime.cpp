#include "actors/runtime/runtime.hpp"

#include "actors/ask.hpp"
#include "actors/kernel/hands.hpp"
#include "actors/runtime/container_launch.hpp"
#include "actors/runtime/container_release.hpp"
#include "actors/runtime/container_sweep.hpp"
#include "core/log.hpp"
#include "core/network/address_pool.hpp"
#include "core/network/resolvers.hpp"
#include "core/oci/seccomp_profile.hpp"

#include <caf/actor_system.hpp>

#include <csignal>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// Longer than anybody waits for the end of a workspace in one request.
constexpr auto end_limit = 25 * 60min;
constexpr auto hand_limit = 30s;
constexpr auto open_limit = 60s;

/// What the OCI runtime gets; the first it hands on to the container.
constexpr int leash_fd = 3;
constexpr int process_fd = 4;

} // namespace

void runtime_state::take_charge(runtime_brain_actor::pointer self,
                                runtime_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<done> runtime_state::rouse(const wake& what) {
  auto promise = self_->make_response_promise<done>();
  auto refuse
    = [promise](const caf::error& err) mutable { promise.deliver(err); };
  const auto& plan = *what.plan;
  const auto& network = deps_.config->runtime;
  auto subnet = address_pool{network.subnet, network.subnet_bits}.at(plan.slot);
  if (!subnet)
    return promise.deliver(subnet.error());
  auto name = name_host{plan.id, what.container, plan.hostname,
                        hosts_file(subnet->address, plan.hostname)};
  auto tell = tell_init{plan.id, plan.env};
  tell.env.insert(tell.env.end(), plan.secret_env.begin(),
                  plan.secret_env.end());
  ask_actor(self_, deps_.hands.bundle(), hand_limit, std::move(name))
    .then(
      [this, tell, promise, refuse](const done&) mutable {
        ask_actor(self_, deps_.hands.bundle(), hand_limit, std::move(tell))
          .then([promise](const done&) mutable { promise.deliver(done{}); },
                refuse);
      },
      refuse);
  return promise;
}

caf::typed_response_promise<container_end>
runtime_state::await(const await_end& what) {
  auto promise = self_->make_response_promise<container_end>();
  auto refuse
    = [promise](const caf::error& err) mutable { promise.deliver(err); };
  ask_actor(self_, deps_.process, end_limit,
            await_exit{what.container.pid, what.container.start_time})
    .then(
      [this, id = what.id, promise, refuse](const process_gone&) mutable {
        ask_actor(self_, deps_.hands.container(), hand_limit, read_end{id})
          .then(
            [promise](container_end& end) mutable {
              promise.deliver(std::move(end));
            },
            refuse);
      },
      refuse);
  return promise;
}

caf::typed_response_promise<done> runtime_state::end(const terminate& what) {
  auto promise = self_->make_response_promise<done>();
  auto kill_at = self_->clock().now() + std::max(what.grace, 0ns);
  auto [it, is_new] = terminations_.try_emplace(what.id);
  auto& running = it->second;
  running.waiting.push_back(promise);
  if (is_new) {
    running.kill_at = kill_at;
    begin_termination(what.id);
  } else if (kill_at < running.kill_at) {
    running.kill_at = kill_at;
    if (running.container)
      await_grace(what.id);
  }
  return promise;
}

void runtime_state::begin_termination(const std::string& id) {
  auto refuse
    = [this, id](const caf::error& err) { finish_termination(id, err); };
  ask_actor(self_, deps_.hands.container(), hand_limit, recall_container{id})
    .then(
      [this, id, refuse](const recalled_container& found) {
        if (!found.container)
          return finish_termination(id, {});
        terminations_[id].container = found.container;
        ask_actor(self_, deps_.process, end_limit,
                  await_exit{found.container->pid, found.container->start_time})
          .then([this, id](const process_gone&) { finish_termination(id, {}); },
                refuse);
        if (terminations_[id].kill_at > self_->clock().now())
          signal(id, SIGTERM);
        await_grace(id);
      },
      refuse);
}

void runtime_state::await_grace(const std::string& id) {
  auto left = terminations_[id].kill_at - self_->clock().now();
  if (left > 0ns)
    self_->delayed_send(self_, left, grace_ended{id});
  else
    check_grace(grace_ended{id});
}

void runtime_state::check_grace(const grace_ended& what) {
  auto it = terminations_.find(what.id);
  if (it == terminations_.end() || it->second.was_killed
      || it->second.kill_at > self_->clock().now())
    return;
  it->second.was_killed = true;
  signal(what.id, SIGKILL);
}

void runtime_state::signal(const std::string& id, int number) {
  ask_actor(self_, deps_.hands.container(), hand_limit,
            signal_container{*terminations_[id].container, number})
    .then([](const done&) {},
          [id](const caf::error& err) {
            log_error("signal-failed", id, describe(err));
          });
}

void runtime_state::finish_termination(const std::string& id,
                                       const caf::error& why) {
  auto node = terminations_.extract(id);
  if (node.empty())
    return;
  for (auto& promise : node.mapped().waiting)
    if (why)
      promise.deliver(why);
    else
      promise.deliver(done{});
}

caf::typed_response_promise<done>
runtime_state::stop_still(const freeze& what) {
  auto promise = self_->make_response_promise<done>();
  gate_.close(what.id, [=, this]() mutable {
    ask_actor(self_, deps_.kernel.cgroup(), what.patience + hand_limit,
              freeze_cgroup{deps_.where().cgroup(what.id), what.patience})
      .then([promise](const done&) mutable { promise.deliver(done{}); },
            [promise](const caf::error& err) mutable { promise.deliver(err); });
  });
  self_->delayed_send(self_, what.patience / 2, freezing_is_due{what.id});
  return promise;
}

void runtime_state::hurry_freezing(const freezing_is_due& what) {
  gate_.hurry(what.id);
}

caf::typed_response_promise<done> runtime_state::move_on(const thaw& what) {
  auto promise = self_->make_response_promise<done>();
  ask_actor(self_, deps_.kernel.cgroup(), hand_limit,
            thaw_cgroup{deps_.where().cgroup(what.id)})
    .then(
      [this, id = what.id, promise](const done&) mutable {
        promise.deliver(done{});
        gate_.open(id);
      },
      [promise](const caf::error& err) mutable { promise.deliver(err); });
  return promise;
}

caf::typed_response_promise<done> runtime_state::open(const exec& what) {
  auto promise = self_->make_response_promise<done>();
  gate_.enter(what.plan.id, [=, this] { open_now(what, promise); });
  return promise;
}

void runtime_state::open_now(const exec& what,
                             caf::typed_response_promise<done> promise) {
  const auto& plan = what.plan;
  auto refuse = [this, id = plan.id, promise](const caf::error& err) mutable {
    gate_.begun(id);
    promise.deliver(err);
  };
  auto session = open_session{};
  session.token = what.token;
  session.terminal = plan.terminal;
  session.listener = what.listener;
  auto args = std::vector<std::string>{
    "exec", "--process=/proc/self/fd/" + std::to_string(process_fd),
    "--preserve-fds=1"};
  if (plan.terminal) {
    auto file = "console-" + std::to_string(++consoles_);
    session.console_socket = (deps_.where().workspace(plan.id) / file).native();
    args.push_back("--console-socket=" + session.console_socket);
  }
  args.push_back(layout::container(plan.id));
  session.what = runtime_call(deps_, std::move(args));
  auto job
    = compose_exec{plan.id, {plan.argv, plan.env, plan.cwd, plan.user, {}}};
  if (plan.terminal)
    job.what.terminal = terminal_size{plan.terminal->rows, plan.terminal->cols};
  ask_actor(self_, deps_.hands.bundle(), hand_limit, std::move(job))
    .then(
      [this, id = plan.id, session, promise,
       refuse](const composed_exec& made) mutable {
        session.what.fds = {{made.leash, leash_fd}, {made.process, process_fd}};
        session.leash = made.leash_end;
        ask_actor(self_, deps_.process, open_limit, std::move(session))
          .then(
            [this, id, promise](const done&) mutable {
              gate_.begun(id);
              promise.deliver(done{});
            },
            refuse);
      },
      refuse);
}

runtime_brain_actor::behavior_type
runtime(runtime_brain_actor::stateful_pointer<runtime_state> self,
        runtime_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const launch& what) {
      return self->delegate(self->spawn(container_launch, self->state.deps()),
                            what);
    },
    [self](const wake& what) { return self->state.rouse(what); },
    [self](const await_end& what) { return self->state.await(what); },
    [self](const terminate& what) { return self->state.end(what); },
    [self](const release& what) {
      return self->delegate(self->spawn(container_release, self->state.deps()),
                            release_container{what.id, what.slot});
    },
    [self](const freeze& what) { return self->state.stop_still(what); },
    [self](const thaw& what) { return self->state.move_on(what); },
    [self](const sweep& what) {
      return self->delegate(self->spawn(container_sweep, self->state.deps()),
                            what);
    },
    [self](const put_ssh_keys& what) {
      const auto& deps = self->state.deps();
      auto root = deps.files_of(what.kind, what.slot).front().host_id;
      return self->delegate(deps.hands.bundle(),
                            write_ssh_keys{what.id, root, what.keys});
    },
    [self](const exec& what) { return self->state.open(what); },
    [self](const get_log_path& what) {
      auto where = self->state.deps().where();
      return log_path{where.log(what.id), where.retained_log(what.id)};
    },
    [self](const forget_log& what) {
      const auto& deps = self->state.deps();
      tell_actor(deps.kernel.file(),
                 remove_tree{deps.where().retained_log(what.id)});
    },
    [self](const grace_ended& what) { self->state.check_grace(what); },
    [self](const freezing_is_due& what) { self->state.hurry_freezing(what); },
  };
}

result<runtime_actor> spawn_runtime_actor(caf::actor_system& sys,
                                          std::shared_ptr<const settings> all,
                                          process_actor process,
                                          workspace_services_actor services) {
  auto program = compile_seccomp_profile();
  if (!program)
    return program.error();
  auto deps = runtime_deps{all,
                           std::move(process),
                           std::move(services),
                           detached_hands(sys, all->runtime.helper_dir),
                           detached_runtime_hands(sys, layout{*all}),
                           std::move(*program),
                           find_resolvers(*all)};
  return caf::actor_cast<runtime_actor>(sys.spawn(runtime, std::move(deps)));
}

} // namespace berth
