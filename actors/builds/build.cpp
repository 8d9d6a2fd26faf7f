#include "actors/builds/build.hpp"

#include "actors/ask.hpp"
#include "actors/builds/build_log_pieces.hpp"
#include "core/base64.hpp"
#include "core/log.hpp"
#include "model/duration.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto store_limit = 1min;
constexpr auto removal_limit_of_build = 10min;
constexpr size_t longest_step = 300;

/// What must not stand in the log of a build, in the forms it may take there.
std::vector<std::string> secrets_of(const build_request& what) {
  auto out = std::vector<std::string>{};
  if (auto* file = std::get_if<dockerfile_source>(&what.source))
    for (const auto& [path, secret] : file->secrets) {
      out.push_back(secret);
      out.push_back(to_base64(secret));
    }
  for (const auto& [registry, login] : what.auth.additional) {
    out.push_back(login);
    if (auto plain = from_base64(login)) {
      out.push_back(*plain);
      out.push_back(plain->substr(plain->find(':') + 1));
    }
  }
  return out;
}

} // namespace

void build_state::take_charge(build_actor::pointer self, build_deps deps,
                              build_keeper_actor keeper, build_record record,
                              build_request what) {
  self_ = self;
  deps_ = std::move(deps);
  keeper_ = std::move(keeper);
  record_ = std::move(record);
  what_ = std::move(what);
  censor_.emplace(secrets_of(what_));
  say("Build " + record_.id + " of " + record_.reference);
  if (record_.interruptions > 0)
    say("The node was restarted: it begins again");
  // Counted from its acceptance, whatever came between.
  auto since = deps_.now() - record_.started_at;
  auto limit = deps_.settings->build_timeout;
  auto left = limit - std::clamp<duration>(since, 0s, limit);
  self_->delayed_send(self_, left, build_timed_out{});
}

void build_state::run(const run_build& turn) {
  if (is_over())
    return;
  slot_ = turn.slot;
  has_slot_ = true;
  cache_ = turn.cache;
  enter(build_phase::fetching, [this] {
    // Only root may look around among what others build.
    make({{deps_.layout().builds(), 0700, true},
          {deps_.layout().build_caches(), 0700},
          {place(""), 0700},
          {place("context"), 0755},
          {place("out"), 0755},
          {place("tmp"), 0755}},
         [this] {
           if (std::holds_alternative<image_source>(what_.source))
             compose_of_image();
           else
             fetch_context();
         });
  });
}

std::string build_state::place(const char* name) const {
  auto root = deps_.layout().build(record_.id);
  return (*name == '\0' ? root : root / name).native();
}

// -- phases ------------------------------------------------------------------

build_state::failure build_state::on_failure() {
  return [this](const caf::error& err) { fail(err); };
}

void build_state::enter(build_phase next, continuation then) {
  if (is_over())
    return;
  record_.phase = next;
  record_.message.clear();
  store(std::move(then));
}

void build_state::store(continuation then) {
  auto told = record_;
  ask_actor(self_, deps_.store, store_limit, put_build{told})
    .then(
      [this, told, then = std::move(then)](const stored&) {
        self_->send(keeper_, build_changed{told});
        then();
      },
      [this, told](const caf::error& err) {
        log_error("build-not-stored", told.id, describe(err));
        // Its end is told all the same: nobody may wait for ever.
        if (is_done(told.phase))
          self_->send(keeper_, build_changed{told});
        else
          fail(err);
      });
}

void build_state::fail(const caf::error& why) {
  if (is_over())
    return;
  log_info("build-failed", record_.id, describe(why));
  auto text = timed_out_ || about_.empty() ? describe(why)
                                           : about_ + ": " + describe(why);
  end(build_phase::done_failure, std::move(text));
}

void build_state::finish(const std::string& digest) {
  if (is_over())
    return;
  record_.digest = digest;
  end(build_phase::done_success, "");
}

void build_state::end(build_phase how, std::string message) {
  record_.phase = how;
  record_.recipe = nullptr;
  record_.ended_at = deps_.now();
  record_.message = std::move(message);
  if (job_) {
    was_cut_short_ = true;
    self_->send(std::exchange(job_, nullptr), cancel_job{});
  }
  close_workshop([this] {
    say(record_.phase == build_phase::done_success
          ? "Done: " + record_.reference + "@" + record_.digest
          : "Failed: " + record_.message);
    log_.add(censor_->finish());
    clean_up();
  });
}

/// Its end is told once nothing of it is left but its log.
void build_state::clean_up() {
  what_ = {};
  if (!held_.empty())
    self_->send(deps_.images, drop_layers{"build-" + record_.id});
  // What is done has its log, for whoever asks after a restart.
  auto close = [this] {
    is_closed_ = true;
    answer_readers();
    keep_log([this] { store([] {}); });
  };
  // A crash after its end is stored finds no cache that is not whole.
  auto tell = [this, close] {
    ask_actor(self_, keeper_, removal_limit_of_build,
              build_ended{record_.id, cache_, spoilt_cache_})
      .then([close](done) { close(); },
            [close](const caf::error&) { close(); });
  };
  ask_actor(self_, deps_.kernel.file(), removal_limit_of_build,
            remove_tree{place("")})
    .then([tell](const done&) { tell(); },
          [this, tell](const caf::error& err) {
            log_warning("build-not-removed", record_.id, describe(err));
            tell();
          });
}

void build_state::keep_log(continuation then) {
  auto text = log_.read(log_.begin(), log_.end() - log_.begin());
  ask_actor(self_, deps_.logs, store_limit,
            put_build_log{record_.id, {std::move(text), log_.begin()}})
    .then([then](const stored&) { then(); },
          [this, then](const caf::error& err) {
            log_warning("build-log-not-stored", record_.id, describe(err));
            then();
          });
}

void build_state::time_out() {
  timed_out_ = true;
  fail(make_error(ec::timeout,
                  "the build took longer than images.build_timeout ("
                    + format_duration(deps_.settings->build_timeout) + ")"));
}

// -- the log -----------------------------------------------------------------

void build_state::say(const std::string& line) {
  hear(build_output{line + "\n"});
}

void build_state::hear(const build_output& what) {
  auto text = censor_->pass(cleaner_.pass(what.text));
  log_.add(text);
  note_step(text);
  answer_readers();
}

/// Lines like "STEP 2/7: RUN make", or "[1/2] STEP ..." of several stages.
void build_state::note_step(std::string_view text) {
  auto at = text.rfind("STEP ");
  if (at == text.npos || is_over())
    return;
  auto begin = text.rfind('\n', at) + 1; // 0 if there is none
  auto end = text.find('\n', at);
  if (end == text.npos || (at != begin && text[begin] != '['))
    return;
  // Only told, not stored: it says nothing that matters after a crash.
  record_.message = text.substr(begin, std::min(end - begin, longest_step));
  self_->send(keeper_, build_changed{record_});
}

void build_state::output_ended() {
  output_is_open_ = false;
  if (when_heard_)
    std::exchange(when_heard_, nullptr)();
}

void build_state::read_log(const read_build_log& asked) {
  readers_.push_back(asked);
  answer_readers();
}

void build_state::answer_readers() {
  std::erase_if(readers_, [&](const read_build_log& asked) {
    if (asked.to.is_settled())
      return true;
    if (asked.from >= log_.end() && !is_closed_)
      return false;
    give(asked);
    return true;
  });
}

void build_state::give(const read_build_log& asked) {
  auto piece = next_log_piece(record_, log_, asked.from);
  piece.is_last = is_closed_ && piece.next >= log_.end();
  asked.to.give(std::move(piece));
}

build_actor::behavior_type
build(build_actor::stateful_pointer<build_state> self, build_deps deps,
      build_keeper_actor keeper, build_record record, build_request what) {
  self->state.take_charge(self, std::move(deps), std::move(keeper),
                          std::move(record), std::move(what));
  return {
    [self](const build_output& what) {
      self->state.hear(what);
      return done{};
    },
    [self](build_output_ended) { self->state.output_ended(); },
    [self](const run_build& turn) { self->state.run(turn); },
    [self](const read_build_log& asked) { self->state.read_log(asked); },
    [self](build_timed_out) { self->state.time_out(); },
    [self](log_overdue) { self->state.output_ended(); },
    [self](check_room) { self->state.look_at_room(); },
  };
}

} // namespace berth
