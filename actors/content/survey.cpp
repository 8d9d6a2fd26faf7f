#include "actors/content/survey.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth {

namespace {

constexpr auto surveyed_inside = "/src";

} // namespace

void survey_state::take_charge(survey_actor::pointer self, content_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<content_surveyed>
survey_state::begin(const survey_content& what) {
  what_ = what;
  promise_ = self_->make_response_promise<content_surveyed>();
  if (what.with_logs)
    store_task_logs();
  else
    look_at_repository();
  return promise_;
}

void survey_state::store_task_logs() {
  ++log_attempts_;
  ask_actor(self_, deps_.disk(), removal_limit,
            store_logs{what_.id, deps_.live(what_.id.instance)})
    .then([this](const done&) { look_at_repository(); },
          [this](const caf::error& err) {
            log_warning("logs-not-stored", what_.id.instance, describe(err));
            if (log_attempts_ >= log_attempts)
              return look_at_repository();
            auto pause = archive_pause * (1U << (log_attempts_ - 1));
            self_->delayed_send(self_, pause, next_attempt{});
          });
}

void survey_state::look_at_repository() {
  auto run = run_job{};
  run.job = status_job{surveyed_inside, what_.checkout_location};
  run.range = deps_.range(what_.id.slot);
  run.directories = {{deps_.live(what_.id.instance), surveyed_inside}};
  run.deadline = survey_limit;
  ask_actor(self_, deps_.job(), survey_limit + disk_limit, std::move(run))
    .then(
      [this](const job_ended& end) {
        auto* said = std::get_if<status_outcome>(&end.outcome);
        finish(said ? said->repo : std::nullopt);
      },
      [this](const caf::error& err) {
        log_warning("no-git-status", what_.id.instance, describe(err));
        finish(std::nullopt);
      });
}

void survey_state::finish(std::optional<git_status> repo) {
  promise_.deliver(content_surveyed{std::move(repo)});
  self_->quit();
}

survey_actor::behavior_type
survey(survey_actor::stateful_pointer<survey_state> self, content_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const survey_content& what) { return self->state.begin(what); },
    [self](next_attempt) { self->state.store_task_logs(); },
  };
}

} // namespace berth
