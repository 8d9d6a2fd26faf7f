#include "actors/runtime/network.hpp"

#include "actors/ask.hpp"
#include "actors/runtime/runtime_deps.hpp"
#include "core/layout.hpp"
#include "core/network/resolvers.hpp"
#include "core/resources/connection_rules.hpp"

#include <caf/actor_system.hpp>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto nft_limit = 30s;
constexpr auto forwarding_limit = 10s;
constexpr auto nft_program = "/usr/sbin/nft";

} // namespace

void network_state::take_charge(network_actor::pointer self,
                                network_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

void network_state::run(std::vector<std::string> args, std::string input,
                        promise to, continuation then) {
  auto child = child_spec{};
  child.argv = {deps_.nft.native()};
  child.argv.insert(child.argv.end(), args.begin(), args.end());
  child.input = std::move(input);
  child.deadline = nft_limit;
  ask_actor(self_, deps_.process, 2 * nft_limit, run_child{std::move(child)})
    .then(
      [to, then](const child_exit& end) mutable {
        if (end.code == 0)
          then(end.out);
        else
          to.deliver(make_error(ec::internal, "nft: " + last_words(end)));
      },
      [to](const caf::error& err) mutable { to.deliver(err); });
}

network_state::promise network_state::set_up() {
  auto to = self_->make_response_promise<done>();
  ask_actor(self_, deps_.forwarding(), forwarding_limit, set_forwarding{true})
    .then(
      [this, to](const forwarding_set& done_before) {
        auto plan = deps_.rules;
        plan.forwarding_was_off = !done_before.was_on;
        run({"-f", "-"}, rules_of(plan), to,
            [to](const std::string&) mutable { to.deliver(done{}); });
      },
      [to](const caf::error& err) mutable { to.deliver(err); });
  return to;
}

network_state::promise network_state::tear_down() {
  auto to = self_->make_response_promise<done>();
  run({"-f", "-"}, without_rules_of(deps_.rules.key), to,
      [this, to](const std::string&) {
        list_table(
          to, [this, to](const std::string& out) { remove_limits(out, to); });
      });
  return to;
}

void network_state::list_table(const promise& to, continuation then) {
  run({"list", "table", "inet", "berth"}, "", to, std::move(then));
}

/// Of connections: workspaces come and go with theirs, but not the frame.
void network_state::remove_limits(const std::string& listing, promise to) {
  auto script = unlimit_all_connections(deps_.rules.key, listing);
  if (script.empty())
    return remove_table(table_in(listing), to);
  run({"-f", "-"}, std::move(script), to, [this, to](const std::string&) {
    list_table(to, [this, to](const std::string& out) {
      remove_table(table_in(out), to);
    });
  });
}

void network_state::remove_table(const table_state& found, promise to) {
  if (found.in_use) {
    to.deliver(done{});
    return;
  }
  auto remove = [this, to](const forwarding_set&) {
    run({"-f", "-"}, std::string{berth::remove_table}, to,
        [to](const std::string&) mutable { to.deliver(done{}); });
  };
  if (!found.forwarding_was_off)
    return remove(forwarding_set{});
  ask_actor(self_, deps_.forwarding(), forwarding_limit, set_forwarding{false})
    .then(remove, [to](const caf::error& err) mutable { to.deliver(err); });
}

network_actor::behavior_type
network(network_actor::stateful_pointer<network_state> self,
        network_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](set_up_network) { return self->state.set_up(); },
    [self](tear_down_network) { return self->state.tear_down(); },
  };
}

network_actor spawn_network_actor(caf::actor_system& sys, const settings& all,
                                  process_actor process) {
  auto where = layout{all};
  auto rules
    = ruleset_plan{where.key(), where.link_prefix(), layout::any_link_prefix,
                   find_resolvers(all), make_egress_plan(all)};
  return sys.spawn(
    network,
    network_deps{std::move(process),
                 [&sys] { return sys.spawn<caf::detached>(forwarding_worker); },
                 nft_program, std::move(rules)});
}

} // namespace berth
