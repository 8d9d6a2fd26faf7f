#include "actors/content/content.hpp"

#include "actors/ask.hpp"
#include "actors/content/survey.hpp"
#include "core/log.hpp"
#include "model/ids.hpp"

#include <algorithm>

namespace berth {

namespace {

caf::error bad_id() {
  return make_error(ec::invalid_argument, "instance id not valid");
}

/// Tells a promise of `done` how it ended.
auto settle(caf::typed_response_promise<done> promise) {
  return [promise](const caf::error& err) mutable {
    if (err)
      promise.deliver(err);
    else
      promise.deliver(done{});
  };
}

} // namespace

void content_state::take_charge(content_brain_actor::pointer self,
                                content_deps deps,
                                std::vector<archive_record> begun) {
  self_ = self;
  deps_ = std::move(deps);
  begun_ = std::move(begun);
}

void content_state::enqueue(const std::string& instance, step begin) {
  auto& queue = queues_[instance];
  queue.push_back(std::move(begin));
  if (queue.size() == 1)
    step{queue.front()}();
}

void content_state::ended(const std::string& instance) {
  auto found = queues_.find(instance);
  found->second.pop_front();
  if (found->second.empty())
    queues_.erase(found);
  else
    step{found->second.front()}();
}

void content_state::run_alone(const std::string& instance, disk_jobs jobs,
                              ending then) {
  enqueue(instance, [this, instance, jobs, then] {
    run_in_order(jobs, [this, instance, then](const caf::error& err) {
      then(err);
      ended(instance);
    });
  });
}

void content_state::run_in_order(disk_jobs jobs, ending then) {
  if (jobs.empty())
    return then({});
  auto next = std::move(jobs.front());
  jobs.pop_front();
  auto go_on = [this, jobs, then](const done&) { run_in_order(jobs, then); };
  auto stop = [then](const caf::error& err) { then(err); };
  if (auto* removal = std::get_if<remove_tree>(&next))
    ask_actor(self_, deps_.file(), removal_limit, *removal).then(go_on, stop);
  else if (auto* move = std::get_if<take_away>(&next))
    ask_actor(self_, deps_.disk(), disk_limit, *move).then(go_on, stop);
  else
    ask_actor(self_, deps_.disk(), disk_limit, std::get<set_aside>(next))
      .then(go_on, stop);
}

// -- initialization ----------------------------------------------------------

caf::typed_response_promise<content_initialized>
content_state::initialize(const initialize_content& what) {
  auto promise = self_->make_response_promise<content_initialized>();
  if (!is_valid_id(what.id.instance))
    return promise.deliver(bad_id());
  auto mine = std::make_shared<starting>();
  starting_.emplace(what.id.instance, mine);
  enqueue(what.id.instance,
          [=, this] { run_initialization(what, mine, promise); });
  return promise;
}

void content_state::run_initialization(
  const initialize_content& what, const std::shared_ptr<starting>& mine,
  caf::typed_response_promise<content_initialized> promise) {
  const auto& instance = what.id.instance;
  if (mine->cancelled) {
    promise.deliver(make_error(ec::cancelled, "cancelled"));
    return initialization_ended(instance, mine);
  }
  fresh_.insert(instance);
  mine->actor = self_->spawn(initialization, deps_);
  // Each of its steps has a deadline of its own, the sum of them is below this.
  auto limit = deps_.settings->timeouts.initialization + 3 * removal_limit
               + 10 * disk_limit;
  ask_actor(self_, mine->actor, limit, what)
    .then(
      [=, this](content_initialized& content) mutable {
        log_info("content-ready", instance, content.source);
        promise.deliver(std::move(content));
        initialization_ended(instance, mine);
      },
      [=, this](const caf::error& err) mutable {
        log_warning("content-failed", instance, describe(err));
        fresh_.erase(instance);
        promise.deliver(err);
        initialization_ended(instance, mine);
      });
}

void content_state::initialization_ended(
  const std::string& instance, const std::shared_ptr<starting>& mine) {
  mine->actor = nullptr;
  std::erase_if(starting_,
                [&](const auto& entry) { return entry.second == mine; });
  ended(instance);
}

void content_state::cancel(const std::string& instance) {
  auto [begin, end] = starting_.equal_range(instance);
  for (auto it = begin; it != end; ++it) {
    it->second->cancelled = true;
    if (it->second->actor)
      self_->send(it->second->actor, cancel_content{instance});
  }
}

// -- surveys -----------------------------------------------------------------

caf::typed_response_promise<content_surveyed>
content_state::survey(const survey_content& what) {
  auto promise = self_->make_response_promise<content_surveyed>();
  const auto& instance = what.id.instance;
  if (!is_valid_id(instance))
    return promise.deliver(bad_id());
  enqueue(instance, [=, this] {
    ask_actor(self_, self_->spawn(berth::survey, deps_),
              log_attempts * removal_limit + 2 * survey_limit, what)
      .then(
        [=, this](content_surveyed& found) mutable {
          promise.deliver(std::move(found));
          ended(what.id.instance);
        },
        [=, this](const caf::error& err) mutable {
          promise.deliver(err);
          ended(what.id.instance);
        });
  });
  return promise;
}

// -- removal -----------------------------------------------------------------

caf::typed_response_promise<done>
content_state::discard(const std::string& instance) {
  auto promise = self_->make_response_promise<done>();
  if (!is_valid_id(instance))
    return promise.deliver(bad_id());
  fresh_.erase(instance);
  auto live = deps_.live(instance).native();
  auto trash = deps_.trash(instance).native();
  // Out of its name first: half a tree must never pass for a content.
  run_alone(instance,
            {remove_tree{trash}, take_away{live, trash}, remove_tree{trash},
             remove_tree{deps_.staging(instance)}},
            settle(promise));
  return promise;
}

set_aside content_state::into_quarantine(const content_id& whose,
                                         const std::string& why) const {
  auto note = quarantine_note{whose.instance, whose.owner, whose.meta_id};
  note.why = why;
  return {deps_.live(whose.instance),
          deps_.layout().quarantine() / whose.instance, std::move(note)};
}

caf::typed_response_promise<done>
content_state::quarantine(const quarantine_content& what) {
  auto promise = self_->make_response_promise<done>();
  const auto& instance = what.id.instance;
  if (!is_valid_id(instance))
    return promise.deliver(bad_id());
  fresh_.erase(instance);
  log_warning("content-quarantined", instance, what.why);
  run_alone(instance, {into_quarantine(what.id, what.why)}, settle(promise));
  return promise;
}

caf::typed_response_promise<content_measured>
content_state::measure(const std::string& instance) {
  auto promise = self_->make_response_promise<content_measured>();
  if (!is_valid_id(instance))
    return promise.deliver(bad_id());
  ask_actor(self_, deps_.disk(), removal_limit,
            weigh_content{deps_.live(instance)})
    .then(
      [promise](const content_measured& it) mutable { promise.deliver(it); },
      [promise](const caf::error& err) mutable { promise.deliver(err); });
  return promise;
}

content_brain_actor::behavior_type
content(content_brain_actor::stateful_pointer<content_state> self,
        content_deps deps, std::vector<archive_record> begun) {
  self->state.take_charge(self, std::move(deps), std::move(begun));
  self->set_exit_handler(
    [self](const caf::exit_msg& exit) { self->state.hear_exit(exit); });
  return {
    [self](const initialize_content& what) {
      return self->state.initialize(what);
    },
    [self](const cancel_content& what) { self->state.cancel(what.instance); },
    [self](const archive_content& what) { return self->state.archive(what); },
    [self](const survey_content& what) { return self->state.survey(what); },
    [self](const discard_content& what) {
      return self->state.discard(what.instance);
    },
    [self](const quarantine_content& what) {
      return self->state.quarantine(what);
    },
    [self](const measure_content& what) {
      return self->state.measure(what.instance);
    },
    [self](const sweep_content& what) { return self->state.sweep(what); },
    [self](const archive_told& what) { self->state.archive_moved(what); },
    [self](const archive_ended& what) {
      self->state.archive_over(what.id, what.outcome);
    },
  };
}

} // namespace berth
