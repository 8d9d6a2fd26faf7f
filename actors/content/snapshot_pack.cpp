#include "actors/content/snapshot.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr int archive_fd = 10;
constexpr int signal_fd = 11;
constexpr auto source_inside = "/src";

/// One end of a staged file, alive as long as the whole.
sys::shared_fd end_of(const std::shared_ptr<const staged_object>& staged,
                      const sys::fd& end) {
  return {staged, &end};
}

caf::error another_job() {
  return make_error(ec::internal, "the worker did another job");
}

} // namespace

std::filesystem::path snapshot_state::content_to_pack() const {
  if (record_.has_view)
    return deps_.view(record_.id);
  return record_.directory.empty() ? deps_.live(record_.instance)
                                   : std::filesystem::path{record_.directory};
}

void snapshot_state::pack() {
  auto source = content_to_pack();
  self_
    ->request(deps_.disk(), disk_limit,
              stage_archive{source.native(), record_.id})
    .then(
      [this](const staged_archive& staged) {
        staged_ = staged.object;
        run_pair(staged);
      },
      on_failure());
}

/// A worker that has seen nothing but the archive reads what another one
/// writes, to its end.
void snapshot_state::run_pair(const staged_archive& staged) {
  auto source = content_to_pack();
  auto job = archive_job{source_inside, archive_fd, std::nullopt, signal_fd};
  if (!record_.checkout_location.empty())
    job.checkout_location = record_.checkout_location;
  auto packing = job_for(std::move(job));
  packing.directories = {{source, source_inside}};
  packing.fds = {{end_of(staged_, staged_->writer), archive_fd},
                 {staged.tell, signal_fd}};
  auto checking = job_for(verify_job{{archive_fd, 0, ""}, signal_fd});
  checking.fds = {{end_of(staged_, staged_->reader), archive_fd},
                  {staged.listen, signal_fd}};
  packed_.reset();
  checked_.reset();
  pair_failed_ = {};
  pair_left_ = 2;
  auto other_failed = [this](const caf::error& err) {
    if (!pair_failed_)
      pair_failed_ = err;
    pair_ended();
  };
  auto limit = attempt_limit() + disk_limit;
  self_->request(deps_.job(), limit, std::move(packing))
    .then(
      [this](const job_ended& end) {
        if (auto* said = std::get_if<archive_outcome>(&end.outcome))
          packed_ = *said;
        pair_ended();
      },
      [this](const caf::error& err) {
        pair_failed_ = err; // the other's failure only follows from it
        pair_ended();
      });
  self_->request(deps_.job(), limit, std::move(checking))
    .then(
      [this](const job_ended& end) {
        if (auto* said = std::get_if<verify_outcome>(&end.outcome))
          checked_ = *said;
        pair_ended();
      },
      other_failed);
}

void snapshot_state::pair_ended() {
  if (--pair_left_ > 0)
    return;
  if (pair_failed_ || !packed_ || !checked_) {
    staged_.reset();
    return failed(pair_failed_ ? pair_failed_ : another_job());
  }
  compare_pair();
}

void snapshot_state::compare_pair() {
  if (packed_->entries != checked_->entries || packed_->bytes != checked_->bytes
      || packed_->sha256 != checked_->sha256) {
    staged_.reset();
    return failed(
      make_error(ec::data_loss, "an archive is not what was written"));
  }
  self_->request(deps_.disk(), removal_limit, settle_archive{staged_})
    .then(
      [this](const done&) {
        auto packed = record_;
        packed.phase = archive_phase::packed;
        packed.consistent = record_.has_view || is_final(record_.purpose)
                            || record_.container.empty();
        packed.bytes = packed_->bytes;
        packed.sha256 = packed_->sha256;
        packed.entries = packed_->entries;
        packed.repo = packed_->repo;
        enter(std::move(packed));
      },
      [this](const caf::error& err) {
        staged_.reset();
        failed(err);
      });
}

/// An earlier berthd packed it: it is checked again, but not packed.
void snapshot_state::reopen_packed() {
  self_->request(deps_.disk(), disk_limit, reopen_archive{record_})
    .then([this](const reopened_archive& it) { check_packed(it); },
          [this](const caf::error& err) {
            if (code_of(err) == ec::not_found)
              start_over(err);
            else
              failed(err);
          });
}

void snapshot_state::check_packed(const reopened_archive& found) {
  if (!found.object)
    return published(found.qualified_name);
  auto checking
    = job_for(verify_job{{archive_fd, record_.bytes, record_.sha256}});
  checking.fds = {{end_of(found.object, found.object->reader), archive_fd}};
  self_->request(deps_.job(), attempt_limit() + disk_limit, std::move(checking))
    .then(
      [this, found](const job_ended& end) {
        auto* said = std::get_if<verify_outcome>(&end.outcome);
        if (!said)
          return failed(another_job());
        if (said->entries != record_.entries)
          return start_over(make_error(ec::data_loss, "it lacks entries"));
        staged_ = found.object;
        publish();
      },
      [this](const caf::error& err) {
        if (code_of(err) == ec::data_loss)
          start_over(err);
        else
          failed(err);
      });
}

/// What was packed is lost: from the view if there is one, or from a content
/// that is the same or newer; a snapshot would be of another moment.
void snapshot_state::start_over(const caf::error& why) {
  log_error("packed-archive-lost", record_.instance,
            record_.id + ": " + describe(why));
  if (!record_.has_view && record_.purpose == archive_purpose::snapshot)
    return give_up(why);
  auto earlier = record_;
  earlier.phase
    = record_.has_view ? archive_phase::viewed : archive_phase::intended;
  enter(std::move(earlier));
}

void snapshot_state::publish() {
  // A storage behind a network takes its time.
  auto limit
    = std::max<std::chrono::nanoseconds>(attempt_limit(), removal_limit);
  self_->request(deps_.disk(), limit, publish_archive{record_, staged_})
    .then([this](const published_archive& it) { published(it.qualified_name); },
          on_failure());
}

void snapshot_state::published(const std::string& qualified_name) {
  auto done = record_;
  done.phase = archive_phase::published;
  self_->request(deps_.store, disk_limit, put_archive{done})
    .then(
      [this, qualified_name](const stored&) {
        record_.phase = archive_phase::published;
        deps_.counts->published(to_string(record_.purpose), record_.consistent);
        self_->send(
          keeper_, archive_ended{record_.id,
                                 content_archived{qualified_name, record_.bytes,
                                                  record_.sha256, record_.repo,
                                                  record_.consistent}});
        clear_up();
      },
      on_failure());
}

} // namespace berth
