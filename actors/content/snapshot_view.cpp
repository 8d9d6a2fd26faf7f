#include "actors/ask.hpp"
#include "actors/content/snapshot.hpp"
#include "core/log.hpp"

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr auto live_inside = "/src";
constexpr auto view_inside = "/view";

} // namespace

/// Nothing writes to the content of a workspace that has ended.
bool snapshot_state::wants_view() const {
  return !record_.container.empty() && !is_final(record_.purpose)
         && !view_is_impossible_;
}

void snapshot_state::take_view() {
  if (!wants_pieces())
    return make_view();
  // What is mapped into memory shows in the times of its file only once it was
  // put on disk.
  auto now = deps_.now_ns();
  ask_actor(self_, deps_.disk(), removal_limit,
            settle_view{deps_.live(record_.instance)})
    .then(
      [this, now](const done&) {
        view_settled_before_ = now - settling_time.count();
        make_view();
      },
      [this](const caf::error&) { make_view(); });
}

void snapshot_state::make_view() {
  remove_view([this] {
    ask_actor(self_, deps_.file(), disk_limit,
              make_directory{deps_.view(record_.id), 0700})
      .then([this](const done&) { freeze_writers(); },
            [this](const caf::error& err) { view_not_taken(err); });
  });
}

void snapshot_state::freeze_writers() {
  tell(archive_news::reading);
  auto pause = deps_.settings->content.snapshot_pause;
  frozen_until_ = self_->clock().now() + pause;
  thaw_is_due_ = true;
  auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(pause);
  // It always answers in time; a thaw must not overtake it.
  ask_actor(self_, deps_.runtime, pause + disk_limit,
            freeze{record_.container, patience})
    .then([this](const done&) { copy_content(); },
          [this](const caf::error& err) { view_not_taken(err); });
}

void snapshot_state::copy_content() {
  auto left = frozen_until_ - self_->clock().now();
  if (left <= 0ns)
    return view_not_taken(make_error(ec::timeout, "it took long to freeze"));
  auto run = job_for(copy_job{live_inside, view_inside, wants_pieces()});
  run.directories = {{deps_.live(record_.instance), live_inside},
                     {deps_.view(record_.id), view_inside}};
  run.deadline = left;
  auto worker = deps_.job();
  ask_actor(self_, worker, left, std::move(run))
    .then(
      [this](const job_ended& end) {
        if (auto* said = std::get_if<copy_outcome>(&end.outcome))
          note_left_out(said->left_out);
        view_taken();
      },
      [this, worker](const caf::error& err) {
        // It may still be at work, if it is we who do not wait any longer.
        tell_actor(worker, cancel_job{});
        view_not_taken(err);
      });
}

/// Once frozen, whatever happens comes through here.
void snapshot_state::thaw_writers() {
  if (!thaw_is_due_)
    return;
  ask_actor(self_, deps_.runtime, disk_limit, thaw{record_.container})
    .then(
      [this](const done&) {
        thaw_is_due_ = false;
        if (is_cleared_up_)
          self_->quit();
      },
      [this](const caf::error& err) {
        log_error("not-thawed", record_.instance, describe(err));
        self_->delayed_send(self_, 1s, thaw_again{});
      });
}

void snapshot_state::view_taken() {
  thaw_writers();
  ask_actor(self_, deps_.disk(), removal_limit,
            settle_view{deps_.view(record_.id)})
    .then(
      [this](const done&) {
        auto viewed = record_;
        viewed.phase = archive_phase::viewed;
        viewed.has_view = true;
        enter(std::move(viewed));
      },
      [this](const caf::error& err) { view_not_taken(err); });
}

/// Then the content is archived while it may change.
void snapshot_state::view_not_taken(const caf::error& why) {
  thaw_writers();
  view_is_impossible_ = true;
  log_warning("view-not-taken", record_.instance,
              record_.id + ", archived as it changes: " + describe(why));
  remove_view([this] { pack(); });
}

void snapshot_state::remove_view(const continuation& then) {
  ask_actor(self_, deps_.file(), removal_limit,
            remove_tree{deps_.view(record_.id)})
    .then([then](const done&) { then(); },
          [this, then](const caf::error& err) {
            log_warning("view-not-removed", record_.id, describe(err));
            then();
          });
}

} // namespace berth
