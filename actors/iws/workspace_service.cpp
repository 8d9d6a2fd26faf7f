#include "actors/iws/workspace_service.hpp"

#include "actors/ask.hpp"
#include "actors/iws/call_limits.hpp"
#include "core/log.hpp"
#include "core/oci/container_spec.hpp"
#include "core/token_bucket.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto store_limit = 1min;

/// What a caller may be told of a hand's failure.
bool is_callers_matter(ec code) {
  switch (code) {
    case ec::invalid_argument:
    case ec::permission_denied:
    case ec::not_found:
    case ec::already_exists:
    case ec::failed_precondition:
    case ec::exhausted:
    case ec::aborted:
    case ec::timeout: return true;
    default: return false;
  }
}

} // namespace

void workspace_service_state::take_charge(service_brain_actor::pointer self,
                                          service_deps deps,
                                          service_listener_actor listener,
                                          const service_record& record) {
  self_ = self;
  deps_ = std::move(deps);
  listener_ = std::move(listener);
  record_ = record;
  // Nobody who waited for a token lives any more.
  for (auto& [method, level] : record_.calls)
    level.tokens = std::max<int64_t>(level.tokens, 0);
}

workspace_container workspace_service_state::container() const {
  auto out = workspace_container{};
  out.kind = record_.kind;
  out.init = record_.container;
  out.cgroup = deps_.where().cgroup(record_.id);
  out.first_id
    = deps_.settings->runtime.uid_start + record_.slot * ids_of_workspace;
  return out;
}

void workspace_service_state::admit_call(const char* method, call what) {
  if (is_over_)
    return what.refuse(make_error(ec::unavailable, "the workspace stops"));
  auto limit = call_limit(*deps_.settings, method);
  auto now = deps_.since_boot();
  auto level = std::ranges::find(record_.calls, method, &call_bucket::method);
  if (level == record_.calls.end())
    level
      = record_.calls.insert(level, {method, token_bucket{limit, now}.level()});
  if (limit.block && queue_.size() + waiting_.size() >= most_waiting_calls)
    return what.refuse(make_error(ec::exhausted, "too many requests"));
  auto bucket = token_bucket{level->level};
  auto wait = bucket.take(limit, now, call_patience);
  if (!wait)
    return what.refuse(wait.error());
  level->level = bucket.level();
  save([] {}, [](const caf::error&) {}); // logged
  if (*wait == duration::zero())
    return enqueue(std::move(what));
  auto number = ++last_number_;
  waiting_.emplace(number, std::move(what));
  self_->delayed_send(self_, *wait, turn_came{number});
}

void workspace_service_state::take_turn(turn_came is) {
  auto found = waiting_.find(is.number);
  if (found == waiting_.end())
    return;
  auto what = std::move(found->second);
  waiting_.erase(found);
  enqueue(std::move(what));
}

void workspace_service_state::enqueue(call what) {
  queue_.push_back(std::move(what));
  if (!is_busy_)
    next();
}

void workspace_service_state::next() {
  is_busy_ = false;
  while (!queue_.empty() && !is_busy_) {
    auto what = std::move(queue_.front());
    queue_.pop_front();
    if (what.is_over())
      continue;
    is_busy_ = true;
    what.run();
  }
  if (is_over_ && !is_busy_)
    leave();
}

void workspace_service_state::leave() {
  for (auto& promise : std::exchange(awaiting_stop_, {}))
    promise.deliver(done{});
  self_->quit();
}

caf::typed_response_promise<done> workspace_service_state::stop() {
  is_over_ = true;
  auto over = make_error(ec::unavailable, "the workspace stops");
  for (auto& what : queue_)
    what.refuse(over);
  queue_.clear();
  for (auto& [number, what] : waiting_)
    what.refuse(over);
  waiting_.clear();
  usage_unknown(over);
  auto promise = self_->make_response_promise<done>();
  awaiting_stop_.push_back(promise);
  if (!is_busy_)
    leave();
  return promise;
}

caf::error workspace_service_state::told_as(const char* told,
                                            const caf::error& why) const {
  auto code = code_of(why);
  if (is_callers_matter(code)) {
    log(log_level::debug, "workspace-call-refused", record_.id,
        std::string{told} + ": " + describe(why));
    return make_error(code, told);
  }
  log_error("workspace-call-failed", record_.id,
            std::string{told} + ": " + describe(why));
  return make_error(ec::internal, told);
}

void workspace_service_state::pin(int64_t pid,
                                  std::function<void(const pinned&)> then,
                                  const failure& otherwise) {
  ask_actor(self_, deps_.hands.process(), hand_patience,
            pin_process{container(), pid})
    .then(std::move(then), otherwise);
}

void workspace_service_state::save(job then, const failure& otherwise) {
  auto now = std::make_shared<const service_record>(record_);
  self_->send(listener_, service_changed{now});
  ask_actor(self_, deps_.store, store_limit, put_service{now})
    .then([then = std::move(then)](const stored&) { then(); },
          [this, otherwise](const caf::error& err) {
            log_error("service-not-stored", record_.id, describe(err));
            otherwise(err);
          });
}

service_brain_actor::behavior_type workspace_service(
  service_brain_actor::stateful_pointer<workspace_service_state> self,
  service_deps deps, service_listener_actor listener, service_record record) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps), std::move(listener), record);
  return {
    [&it](const prepare_for_userns& request) { it.prepare(request); },
    [&it](const write_id_mapping& request) { it.map(request); },
    [&it](const evacuate_cgroup& request) { it.evacuate(request); },
    [&it](const mount_nested& request) { it.mount(request); },
    [&it](const unmount_nested& request) { it.unmount(request); },
    [&it](const set_up_pair_veths& request) { it.join(request); },
    [&it](const tear_down& request) { it.tear(request); },
    [&it](const tear_down_wiping& request) { it.wipe(request); },
    [&it](const get_workspace_usage& request) { it.tell_usage(request); },
    [&it](stop_serving) { return it.stop(); },
    [&it](turn_came is) { it.take_turn(is); },
    [&it](usage_due) { it.sample_usage(); },
  };
}

} // namespace berth
