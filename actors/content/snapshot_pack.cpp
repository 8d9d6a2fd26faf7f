#include "actors/ask.hpp"
#include "actors/content/snapshot.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr int archive_fd = 10;
constexpr int signal_fd = 11;
constexpr int index_fd = 12;
constexpr int new_index_fd = 13;
constexpr auto source_inside = "/src";

/// One end of a staged file, alive as long as the whole.
sys::shared_fd end_of(const std::shared_ptr<const staged_object>& staged,
                      const sys::fd& end) {
  return {staged, &end};
}

caf::error another_job() {
  return make_error(ec::internal, "the worker did another job");
}

/// What a worker hears of `pieces`, with the descriptors it needs for that.
pieces_wanted in_pieces(const staged_pieces& pieces, bool is_view,
                        run_job& run) {
  auto out = pieces_wanted{};
  out.is_view = is_view;
  out.settled_before = pieces.settled_before;
  out.sha256 = pieces.sha256;
  for (const auto& object : pieces.objects)
    out.objects.push_back(object.bytes);
  if (pieces.index) {
    out.index_fd = index_fd;
    run.fds.emplace_back(pieces.index, index_fd);
  }
  if (pieces.new_index) {
    out.new_index_fd = new_index_fd;
    run.fds.emplace_back(pieces.new_index, new_index_fd);
  }
  return out;
}

} // namespace

std::filesystem::path snapshot_state::content_to_pack() const {
  if (record_.has_view)
    return deps_.view(record_.id);
  return record_.directory.empty() ? deps_.live(record_.instance)
                                   : std::filesystem::path{record_.directory};
}

/// A snapshot is for anybody, and a tar by itself. So is a backup when pieces
/// have failed: whatever is wrong with them, it must be made.
bool snapshot_state::wants_pieces() const {
  return deps_.settings->content.incremental && !pieces_failed_
         && !is_snapshot(record_.purpose);
}

/// Of what may take long for its own reasons: see `doubt_storage`.
template <class Reply, class Message>
void snapshot_state::ask_storage(std::chrono::nanoseconds limit, Message what,
                                 std::function<void(const Reply&)> then,
                                 failure otherwise) {
  asks_storage_ = true;
  doubt_is_told_ = false;
  wait_for_doubt();
  ask_actor(self_, deps_.disk(), limit, std::move(what))
    .then(
      [this, then = std::move(then)](const Reply& reply) {
        asks_storage_ = false;
        then(reply);
      },
      [this, otherwise = std::move(otherwise)](const caf::error& err) {
        asks_storage_ = false;
        otherwise(err);
      });
}

void snapshot_state::pack() {
  tell(archive_news::reading);
  auto source = content_to_pack();
  auto what = stage_archive{source.native(), record_.id};
  if (wants_pieces()) {
    what.pieces = deps_.pieces(record_.owner, record_.meta_id);
    what.of = {record_.owner, record_.meta_id};
    what.is_final = is_final(record_.purpose);
    what.is_view = record_.has_view;
  }
  auto limit = what.is_final ? disk_limit : removal_limit; // it syncs
  ask_storage<staged_archive>(
    limit, std::move(what),
    [this](const staged_archive& staged) {
      staged_ = staged.object;
      pieces_ = staged.pieces;
      if (pieces_ && record_.has_view)
        pieces_->settled_before = view_settled_before_;
      run_pair(staged);
    },
    [this](const caf::error& err) {
      pieces_failed_ = true;
      failed(err);
    });
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
  if (pieces_)
    std::get<archive_job>(packing.job).pieces
      = in_pieces(*pieces_, record_.has_view, packing);
  auto check = verify_job{{archive_fd, 0, ""}, signal_fd};
  check.pieces = pieces_.has_value();
  check.is_partial = pieces_ && pieces_->index;
  check.index_fd = check.is_partial ? index_fd : -1;
  auto checking = job_for(std::move(check));
  checking.fds = {{end_of(staged_, staged_->reader), archive_fd},
                  {staged.listen, signal_fd}};
  if (pieces_ && pieces_->index)
    checking.fds.emplace_back(pieces_->index, index_fd);
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
  ask_actor(self_, deps_.job(), limit, std::move(packing))
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
  ask_actor(self_, deps_.job(), limit, std::move(checking))
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
    pieces_failed_ = pieces_failed_ || pieces_;
    return failed(pair_failed_ ? pair_failed_ : another_job());
  }
  compare_pair();
}

/// By name, what the worker knows by number.
bool snapshot_state::note_needs(archive_record& packed) const {
  packed.has_pieces = pieces_.has_value();
  packed.needs.clear();
  for (auto position : packed_->needs) {
    if (!pieces_ || position >= pieces_->objects.size())
      return false;
    packed.needs.push_back(pieces_->objects[position]);
  }
  return true;
}

void snapshot_state::compare_pair() {
  auto packed = record_;
  if (packed_->entries != checked_->entries || packed_->bytes != checked_->bytes
      || packed_->sha256 != checked_->sha256
      || packed_->needs != checked_->needs || !note_needs(packed)) {
    staged_.reset();
    pieces_failed_ = pieces_failed_ || pieces_;
    return failed(
      make_error(ec::data_loss, "an archive is not what was written"));
  }
  note_left_out(packed_->left_out);
  ask_actor(self_, deps_.disk(), removal_limit, settle_archive{staged_})
    .then(
      [this, packed](const done&) mutable {
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

/// They are nothing that bytes could restore; who misses them finds why.
void snapshot_state::note_left_out(uint64_t pipes_and_devices) {
  if (pipes_and_devices == 0)
    return;
  log_warning("entries-left-out", record_.instance,
              record_.id + ": " + std::to_string(pipes_and_devices)
                + " pipes or devices");
  deps_.counts->left_out(to_string(record_.purpose), pipes_and_devices);
}

/// An earlier berthd packed it: it is checked again, but not packed.
void snapshot_state::reopen_packed() {
  ask_storage<reopened_archive>(
    disk_limit, reopen_archive{record_},
    [this](const reopened_archive& it) { check_packed(it); },
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
  auto check = verify_job{{archive_fd, record_.bytes, record_.sha256}};
  // Where its other pieces are was checked when it was packed.
  check.is_partial = check.pieces = !record_.needs.empty();
  auto checking = job_for(std::move(check));
  checking.fds = {{end_of(found.object, found.object->reader), archive_fd}};
  ask_actor(self_, deps_.job(), attempt_limit() + disk_limit,
            std::move(checking))
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
  ask_storage<published_archive>(
    limit, publish_archive{record_, staged_},
    [this](const published_archive& it) { published(it.qualified_name); },
    [this](const caf::error& err) { not_published(err); });
}

void snapshot_state::wait_for_doubt() {
  if (!std::exchange(doubt_is_due_, true))
    self_->delayed_send(self_, storage_doubt_pause, storage_doubt{});
}

/// A storage that does not answer is asked again and again for a long time
/// before its request fails.
void snapshot_state::doubt_storage() {
  doubt_is_due_ = false;
  if (!asks_storage_)
    return;
  wait_for_doubt();
  ask_actor(self_, deps_.disk(), disk_limit, probe_storage{})
    .then([](const done&) {},
          [this](const caf::error& err) {
            if (!asks_storage_)
              return;
            if (!std::exchange(doubt_is_told_, true))
              log_warning("storage-not-answering", record_.id, describe(err));
            tell(archive_news::waiting, describe(err));
          });
}

/// What it needs may be gone meanwhile, if another node made backups too.
void snapshot_state::not_published(const caf::error& why) {
  if (code_of(why) != ec::not_found || record_.needs.empty())
    return failed(why);
  pieces_failed_ = true;
  staged_.reset();
  start_over(why);
}

/// The next backup of a content that goes on need not read what this one did.
void snapshot_state::keep_pieces(const continuation& then) {
  if (is_snapshot(record_.purpose) || !record_.has_pieces)
    return then();
  auto object = trail_file(record_.created_ns, !record_.needs.empty());
  auto where = deps_.pieces(record_.owner, record_.meta_id);
  ask_actor(self_, deps_.disk(), disk_limit,
            keep_index{where, record_.id, object})
    .then([then](const done&) { then(); },
          [this, then](const caf::error& err) {
            log_warning("index-not-kept", record_.id, describe(err));
            then();
          });
}

void snapshot_state::published(const std::string& qualified_name) {
  auto done = record_;
  done.phase = archive_phase::published;
  ask_actor(self_, deps_.store, disk_limit, put_archive{done})
    .then(
      [this, qualified_name](const stored&) {
        record_.phase = archive_phase::published;
        keep_pieces([this, qualified_name] { tell_published(qualified_name); });
      },
      on_failure());
}

void snapshot_state::tell_published(const std::string& qualified_name) {
  deps_.counts->published(to_string(record_.purpose), record_.consistent);
  self_->send(
    keeper_,
    archive_ended{record_.id, content_archived{qualified_name, record_.bytes,
                                               record_.sha256, record_.repo,
                                               record_.consistent}});
  clear_up();
}

} // namespace berth
