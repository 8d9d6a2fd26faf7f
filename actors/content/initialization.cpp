#include "actors/content/initialization.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth {

namespace {

constexpr auto destination_inside = "/dst";
constexpr auto mirrors_inside = "/mirrors/";
constexpr auto mirror_patience = std::chrono::seconds{5};

} // namespace

void initialization_state::take_charge(initialization_actor::pointer self,
                                       content_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

std::string initialization_state::staging() const {
  return deps_.staging(what_.id.instance);
}

std::string initialization_state::live() const {
  return deps_.live(what_.id.instance);
}

caf::typed_response_promise<content_initialized>
initialization_state::begin(const initialize_content& what) {
  what_ = what;
  promise_ = self_->make_response_promise<content_initialized>();
  look();
  return promise_;
}

void initialization_state::cancel() {
  cancelled_ = true;
  if (job_)
    self_->send(job_, cancel_job{});
}

/// Between steps: a cancelled initialization goes no further.
bool initialization_state::stopped() {
  if (cancelled_)
    fail(make_error(ec::cancelled, "cancelled"));
  return cancelled_;
}

void initialization_state::look() {
  ask_actor(self_, deps_.disk(), disk_limit, find_content{live()})
    .then([this](const found_content& found) { judge(found); },
          [this](const caf::error& err) { fail(err); });
}

/// Content under its name was finished by an attempt that could not say so
/// any more: it is the answer.
void initialization_state::judge(const found_content& found) {
  if (found.ready) {
    outcome_ = *found.ready;
    return finish();
  }
  if (found.is_there)
    return set_unfinished_aside();
  clear_staging();
}

void initialization_state::set_unfinished_aside() {
  log_warning("content-unfinished", what_.id.instance, "set aside");
  auto to = deps_.layout().quarantine() / what_.id.instance;
  auto note
    = quarantine_note{what_.id.instance, what_.id.owner, what_.id.meta_id};
  note.why = "there before it was initialized";
  ask_actor(self_, deps_.disk(), disk_limit,
            set_aside{live(), to, std::move(note)})
    .then([this](const done&) { clear_staging(); },
          [this](const caf::error& err) { fail(err); });
}

void initialization_state::clear_staging() {
  ask_actor(self_, deps_.file(), removal_limit, remove_tree{staging()})
    .then([this](const done&) { move_to_place(); },
          [this](const caf::error& err) { fail(err); });
}

/// Content that is filled in a place that a container shows already needs no
/// mount any more. Without it, it is filled as ever.
void initialization_state::move_to_place() {
  if (what_.place.empty())
    return find_sources();
  ask_actor(self_, deps_.disk(), disk_limit,
            take_place{what_.place, staging(), what_.quota_bytes})
    .then(
      [this](const done&) {
        outcome_.in_place = true;
        find_sources();
      },
      [this](const caf::error& err) {
        log_warning("place-not-taken", what_.id.instance, describe(err));
        find_sources();
      });
}

void initialization_state::find_sources() {
  if (stopped())
    return;
  if (what_.no_storage && !what_.snapshots.empty())
    return fail(make_error(ec::failed_precondition,
                           "a snapshot needs remote storage, which is "
                           "disabled"));
  auto what = open_sources{
    what_.id, {what_.snapshots, what_.prebuilds, {}}, what_.no_storage};
  if (deps_.settings->content.allow_file_urls)
    what.named.local = what_.local_repositories;
  if (deps_.settings->content.incremental)
    what.pieces = deps_.pieces(what_.id.owner, what_.id.meta_id);
  ask_actor(self_, deps_.disk(), disk_limit, std::move(what))
    .then([this](const content_sources& sources) { fill(sources); },
          [this](const caf::error& err) { fail(err); });
}

void initialization_state::fill(const content_sources& sources) {
  if (stopped())
    return;
  auto failed = [this](const caf::error& err) { fail(err); };
  if (!sources.backup && what_.is_empty) {
    outcome_.source = "from-other";
    ask_actor(self_, deps_.disk(), disk_limit,
              fill_empty{staging(), live(), what_.quota_bytes})
      .then([this](const done&) { finish(); }, failed);
    return;
  }
  // Only root may look around among the contents of others.
  auto parent = deps_.layout().contents().native();
  ask_actor(self_, deps_.file(), disk_limit, make_directory{parent, 0700})
    .then([this, sources](const done&) { make_staging(sources); }, failed);
}

void initialization_state::make_staging(const content_sources& sources) {
  if (outcome_.in_place)
    return find_mirrors(sources);
  ask_actor(self_, deps_.disk(), disk_limit,
            make_content_root{staging(), what_.quota_bytes})
    .then([this, sources](const done&) { find_mirrors(sources); },
          [this](const caf::error& err) { fail(err); });
}

/// Without them it takes longer, and nothing else.
void initialization_state::find_mirrors(const content_sources& sources) {
  if (sources.backup || what_.repositories.empty() || !deps_.mirrors)
    return run_worker(sources);
  ask_actor(self_, deps_.mirrors, mirror_patience,
            hold_mirrors{what_.id.owner, what_.repositories})
    .then(
      [this, sources](held_mirrors& held) {
        mirrors_ = std::move(held);
        run_worker(sources);
      },
      [this, sources](const caf::error& err) {
        log_warning("mirrors-not-held", what_.id.instance, describe(err));
        run_worker(sources);
      });
}

/// The job is over; what it cloned is fetched into the mirrors too.
void initialization_state::leave_mirrors(bool broken, bool refresh) {
  if (!deps_.mirrors)
    return;
  if (auto number = std::exchange(mirrors_.number, 0))
    self_->send(deps_.mirrors, give_back_mirrors{number, broken});
  if (refresh)
    self_->send(
      deps_.mirrors,
      refresh_mirrors{what_.id.owner, what_.repositories, what_.secrets});
}

void initialization_state::run_worker(const content_sources& sources) {
  if (stopped())
    return;
  auto numbers = numbered_sources{};
  auto job = initialize_job{};
  job.destination = destination_inside;
  job.initializer = what_.initializer;
  job.secrets = what_.secrets;
  job.meta_id = what_.id.meta_id;
  if (sources.backup)
    job.backup = numbers.add(*sources.backup);
  if (sources.new_index)
    job.index_fd = numbers.add(sources.new_index);
  for (const auto& [name, source] : sources.archives)
    job.snapshots[name] = numbers.add(source);
  job.allow_file_urls = deps_.settings->content.allow_file_urls;
  job.denied_networks = deps_.settings->content.denied_networks;
  job.download_networks = deps_.settings->content.download_networks;
  auto limit = deps_.settings->timeouts.initialization;
  auto run = run_job{};
  run.range = deps_.range(what_.id.slot);
  run.network = true;
  run.directories = {{staging(), destination_inside}};
  for (const auto& path : sources.local)
    run.read_only.push_back({path, path});
  for (const auto& mirror : mirrors_.mirrors) {
    auto inside = mirrors_inside + std::to_string(run.read_only.size());
    run.read_only.push_back({mirror.directory, inside});
    job.mirrors[mirror.url] = inside;
  }
  run.job = std::move(job);
  run.fds = std::move(numbers.fds);
  run.deadline = limit;
  if (what_.on_progress)
    run.on_progress = [tell = what_.on_progress](const worker_progress& now) {
      tell({now.what, now.done, now.total});
    };
  job_ = deps_.job();
  ask_actor(self_, job_, limit + disk_limit, std::move(run))
    .then(
      [this, sources](const job_ended& end) {
        is_restored_ = sources.backup || !sources.archives.empty();
        if (sources.new_index && sources.backup)
          return keep_pieces(sources.backup->name, end.outcome);
        filled(end.outcome, sources.backup.has_value());
      },
      [this](const caf::error& err) { fail(err); });
}

/// What the worker wrote of them, for the next backup; which knows less
/// without, and is right all the same.
void initialization_state::keep_pieces(const std::string& backup,
                                       const worker_outcome& outcome) {
  auto where = deps_.pieces(what_.id.owner, what_.id.meta_id);
  ask_actor(self_, deps_.disk(), disk_limit,
            keep_index{where, what_.id.instance, backup})
    .then([this, outcome](const done&) { filled(outcome, true); },
          [this, outcome](const caf::error& err) {
            log_warning("index-not-kept", what_.id.instance, describe(err));
            filled(outcome, true);
          });
}

void initialization_state::filled(const worker_outcome& outcome,
                                  bool restored) {
  auto* said = std::get_if<initialize_outcome>(&outcome);
  leave_mirrors(said && said->mirror_failed, said && !restored);
  if (stopped())
    return;
  if (!said)
    return fail(make_error(ec::internal, "the worker did another job"));
  for (const auto& warning : said->warnings)
    log_warning("content-incomplete", what_.id.instance, warning);
  outcome_.source = said->source;
  outcome_.metrics = said->metrics;
  if (!is_restored_)
    return place();
  // After a power loss it would have all its names, and empty files, and would
  // be backed up like this.
  ask_actor(self_, deps_.disk(), removal_limit, settle_view{staging()})
    .then([this](const done&) { place(); },
          [this](const caf::error& err) { fail(err); });
}

void initialization_state::place() {
  ask_actor(self_, deps_.file(), disk_limit, move_tree{staging(), live()})
    .then([this](const done&) { finish(); },
          [this](const caf::error& err) { fail(err); });
}

void initialization_state::finish() {
  outcome_.directory = live();
  promise_.deliver(std::move(outcome_));
  self_->quit();
}

void initialization_state::fail(const caf::error& why) {
  leave_mirrors(false, false);
  auto refuse = [this, why] {
    promise_.deliver(why);
    self_->quit();
  };
  // What cannot be removed now is removed by the next attempt or sweep.
  ask_actor(self_, deps_.file(), removal_limit, remove_tree{staging()})
    .then([refuse](const done&) { refuse(); },
          [refuse](const caf::error&) { refuse(); });
}

initialization_actor::behavior_type initialization(
  initialization_actor::stateful_pointer<initialization_state> self,
  content_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const initialize_content& what) { return self->state.begin(what); },
    [self](const cancel_content&) { self->state.cancel(); },
  };
}

} // namespace berth
