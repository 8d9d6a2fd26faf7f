#include "actors/ask.hpp"
#include "actors/iws/call_limits.hpp"
#include "actors/iws/workspace_service.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

caf::error was_done() {
  return make_error(ec::exhausted, "can be used only once");
}

} // namespace

// -- preparation -------------------------------------------------------------

void workspace_service_state::prepare(const prepare_for_userns& request) {
  if (record_.is_prepared)
    return request.to.refuse(was_done());
  admit(iws_method::prepare, request.to,
        [this, to = request.to] { prepare_now(to); });
}

void workspace_service_state::prepare_now(const answer<done>& to) {
  if (record_.is_prepared)
    return settle<done>(to, was_done());
  auto job = prepare_mark{container(), deps_.where().shared(record_.id)};
  ask_actor(self_, deps_.hands.mount(), hand_patience, std::move(job))
    .then([this, to](const done&) { divide_cgroup(to); },
          ends(to, "cannot mount shiftfs mark"));
}

void workspace_service_state::divide_cgroup(const answer<done>& to) {
  auto keep = [this, to](const done&) {
    record_.is_prepared = true;
    save([this, to] { settle<done>(to, done{}); },
         ends(to, "cannot remember the preparation"));
  };
  ask_actor(self_, deps_.hands.cgroup(), hand_patience,
            berth::divide_cgroup{container()})
    .then(keep, [this, to](const caf::error& why) { take_back_mark(to, why); });
}

/// As if nothing had been done: it can be tried again.
void workspace_service_state::take_back_mark(const answer<done>& to,
                                             const caf::error& why) {
  log_error("workspace-cgroup-not-divided", record_.id, describe(why));
  auto tell = [this, to] {
    settle<done>(to, make_error(ec::failed_precondition,
                                "cannot create workspace cgroup"));
  };
  ask_actor(self_, deps_.hands.mount(), hand_patience,
            remove_mark{container(), true})
    .then([tell](const mark_removed&) { tell(); },
          [tell](const caf::error&) { tell(); });
}

void workspace_service_state::tear(const tear_down& request) {
  if (record_.is_torn_down)
    return request.to.refuse(was_done());
  admit(iws_method::teardown, request.to,
        [this, to = request.to] { remove_mark_for(to, false); });
}

void workspace_service_state::wipe(const tear_down_wiping& request) {
  admit(iws_method::wiping_teardown, request.to, [this, request] {
    if (request.do_wipe)
      remove_mark_for(request.to, true);
    else
      settle<torn_down>(request.to, torn_down{true});
  });
}

/// What cannot be taken away is told as such, and is no error of the call.
void workspace_service_state::remove_mark_for(const answer<torn_down>& to,
                                              bool is_wiping) {
  if (!is_wiping && record_.is_torn_down)
    return settle<torn_down>(to, was_done());
  auto tell
    = [this, to](bool success) { settle<torn_down>(to, torn_down{success}); };
  auto removed = [this, to, tell, is_wiping](const mark_removed& is) {
    if (!is.success || is_wiping)
      return tell(is.success);
    record_.is_torn_down = true;
    save([tell] { tell(true); }, ends(to, "cannot remember the teardown"));
  };
  ask_actor(self_, deps_.hands.mount(), hand_patience,
            remove_mark{container(), is_wiping})
    .then(removed, [this, tell](const caf::error& why) {
      log_error("mark-not-removed", record_.id, describe(why));
      tell(false);
    });
}

// -- ids, cgroup, network ----------------------------------------------------

void workspace_service_state::map(const write_id_mapping& request) {
  admit(iws_method::write_id_mapping, request.to,
        [this, request] { map_now(request); });
}

void workspace_service_state::map_now(const write_id_mapping& request) {
  auto to = request.to;
  auto own = container();
  auto map = own.kind == container_kind::own
               ? in_own_range(request.map, own.first_id)
               : request.map;
  auto fine = check_id_map(map, allowance_of(own.kind, own.first_id));
  if (!fine)
    return settle<done>(
      to, make_error(ec::invalid_argument, "mapping is out of range"));
  pin(
    request.pid,
    [this, request, own](const pinned& process) {
      ask_actor(self_, deps_.hands.process(), hand_patience,
                write_id_map{own, process, request.gid, request.map})
        .then(
          [this, to = request.to](const done&) { settle<done>(to, done{}); },
          ends(request.to, "cannot write mapping"));
    },
    unpinned(to, "cannot establish mapping"));
}

void workspace_service_state::evacuate(const evacuate_cgroup& request) {
  if (record_.is_evacuated)
    return request.to.refuse(was_done());
  admit(iws_method::evacuate, request.to,
        [this, to = request.to] { evacuate_now(to); });
}

void workspace_service_state::evacuate_now(const answer<done>& to) {
  if (record_.is_evacuated)
    return settle<done>(to, was_done());
  auto keep = [this, to](const done&) {
    record_.is_evacuated = true;
    save([this, to] { settle<done>(to, done{}); },
         ends(to, "cannot remember the evacuation"));
  };
  ask_actor(self_, deps_.hands.cgroup(), hand_patience,
            delegate_cgroup{container()})
    .then(keep, [this, to](const caf::error& why) {
      ends(to, code_of(why) == ec::failed_precondition
                 ? "cannot find workspace cgroup"
                 : "cannot produce user cgroup")(why);
    });
}

void workspace_service_state::join(const set_up_pair_veths& request) {
  admit(iws_method::pair_veths, request.to,
        [this, request] { join_now(request); });
}

void workspace_service_state::join_now(const set_up_pair_veths& request) {
  constexpr auto cannot = "cannot setup a pair of veths";
  auto to = request.to;
  pin(
    request.pid,
    [this, to](const pinned& process) {
      auto job = join_network{};
      job.container = container();
      job.target = process;
      ask_actor(self_, deps_.hands.network(), hand_patience, std::move(job))
        .then([this, to](const done&) { settle<done>(to, done{}); },
              ends(to, cannot));
    },
    unpinned(to, cannot));
}

} // namespace berth
