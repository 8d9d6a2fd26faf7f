#include "actors/git_cache/git_cache.hpp"

#include "actors/ask.hpp"
#include "core/cache_directory.hpp"
#include "core/hasher.hpp"
#include "core/layout.hpp"
#include "core/log.hpp"
#include "core/slots.hpp"

#include <algorithm>
#include <set>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto mirror_disk_limit = 10min;
constexpr auto fetch_limit = 30min;
constexpr auto trim_period = 10min;
constexpr auto mirror_inside = "/mirror";

/// One that was fetched so lately is new enough: a clone gets the rest itself.
constexpr int64_t fresh_ns = duration{1min}.count();
/// After a fetch that failed, or what it brought could not be kept.
constexpr int64_t put_off_for_ns = duration{1h}.count();

/// Stored in more pieces than this, a mirror is made anew: each costs a look.
constexpr uint64_t most_packs = 30;

} // namespace

std::string mirror_key(const std::string& owner, const cloned_repository& of) {
  auto is_anybodys = of.user.empty() && of.secret.empty();
  // None of these can hold a line break.
  return sha256_hex(of.url
                    + (is_anybodys ? "" : "\n" + owner + "\n" + of.user));
}

void git_cache_state::take_charge(git_cache_actor::pointer self,
                                  git_cache_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
  ask_actor(self_, deps_.disk(), mirror_disk_limit, list_mirrors{})
    .then(
      [this](const cached_trees& found) {
        for (const auto& each : found.trees)
          adopt(each);
        look();
      },
      [this](const caf::error& err) {
        log_error("mirrors-not-listed", "", describe(err));
        look();
      });
}

void git_cache_state::adopt(const cached_tree& found) {
  auto& it = mirrors_[found.key];
  it.bytes = found.bytes;
  it.used_ns = std::max(it.used_ns, found.used_ns);
  tell();
}

held_mirrors git_cache_state::hold(const hold_mirrors& what) {
  auto out = held_mirrors{};
  auto keys = std::vector<std::string>{};
  auto seen = std::set<std::string>{};
  for (const auto& wanted : what.wanted) {
    auto key = mirror_key(what.owner, wanted);
    auto found = mirrors_.find(key);
    auto is_there = found != mirrors_.end() && !found->second.is_doomed;
    if (!is_there || !seen.insert(wanted.url).second)
      continue;
    ++found->second.holders;
    found->second.used_ns = deps_.now_ns();
    keys.push_back(key);
    out.mirrors.push_back(
      {wanted.url, layout{*deps_.settings}.mirrors() / key});
    ask_actor(self_, deps_.disk(), mirror_disk_limit, touch_mirror{key})
      .then([](const done&) {}, [](const caf::error&) {}); // good to have
  }
  if (keys.empty())
    return out;
  out.number = ++last_number_;
  held_[out.number] = std::move(keys);
  deps_.gauges->mirror_used();
  return out;
}

void git_cache_state::give_back(const give_back_mirrors& what) {
  auto held = held_.extract(what.number);
  if (held.empty())
    return;
  if (what.broken)
    deps_.gauges->mirror_failed();
  for (const auto& key : held.mapped()) {
    auto& it = mirrors_[key];
    --it.holders;
    it.is_doomed |= what.broken;
    if (what.broken)
      log_warning("mirror-broken", key, "a clone was made without it");
    if (it.is_doomed && is_free(it))
      drop(key, [] {});
  }
}

// -- fetching ----------------------------------------------------------------

bool git_cache_state::is_due(const std::string& key) const {
  auto now = deps_.now_ns();
  auto put_off = put_off_ns_.find(key);
  if (put_off != put_off_ns_.end() && now - put_off->second < put_off_for_ns)
    return false;
  auto is_waiting = std::ranges::any_of(
    waiting_, [&](const auto& it) { return it.key == key; });
  if (is_waiting || fetching_ == key)
    return false;
  auto known = mirrors_.find(key);
  return known == mirrors_.end()
         || (!known->second.is_doomed
             && now - known->second.fetched_ns > fresh_ns);
}

void git_cache_state::refresh(const refresh_mirrors& what) {
  if (deps_.settings->content.git_cache_bytes == 0)
    return;
  for (const auto& wanted : what.which) {
    auto key = mirror_key(what.owner, wanted);
    if (!is_due(key))
      continue;
    auto next = fetch{key, wanted, ""};
    if (auto found = what.secrets.find(wanted.secret);
        found != what.secrets.end())
      next.password = found->second;
    waiting_.push_back(std::move(next));
  }
  fetch_next();
}

void git_cache_state::fetch_next() {
  if (!fetching_.empty() || waiting_.empty())
    return;
  // On a disk that is nearly full, nothing is kept that can be had elsewhere.
  if (!deps_.gauges->shortage().empty())
    return waiting_.clear();
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  auto mirrors = layout{*deps_.settings}.mirrors();
  auto known = mirrors_.find(next.key);
  if (known != mirrors_.end() && known->second.is_doomed)
    return fetch_next(); // it is on its way out
  fetching_ = next.key;
  if (known != mirrors_.end()) {
    known->second.is_fetching = true;
    return run_fetch(next, mirrors / next.key);
  }
  auto staging = mirrors / (cache_staging_prefix + next.key);
  ask_actor(self_, deps_.disk(), mirror_disk_limit, stage_mirror{next.key})
    .then([this, next, staging](const done&) { run_fetch(next, staging); },
          [this, next](const caf::error& err) { not_fetched(next, err); });
}

void git_cache_state::run_fetch(const fetch& what,
                                const std::string& directory) {
  constexpr uint32_t ids_each = 65536;
  const auto& settings = *deps_.settings;
  auto run = run_job{};
  run.job = mirror_job{mirror_inside, what.from.url, what.from.user,
                       what.password, settings.content.denied_networks};
  run.range
    = {settings.runtime.uid_start + housekeeping_slot(settings) * ids_each,
       ids_each};
  run.network = true;
  run.directories = {{directory, mirror_inside}};
  run.deadline = fetch_limit;
  ask_actor(self_, deps_.job(), fetch_limit + mirror_disk_limit, std::move(run))
    .then(
      [this, what](const job_ended& end) {
        if (auto* said = std::get_if<mirror_outcome>(&end.outcome))
          fetched(what, *said);
        else
          not_fetched(what,
                      make_error(ec::internal, "the worker did another job"));
      },
      [this, what](const caf::error& err) { not_fetched(what, err); });
}

void git_cache_state::fetched(const fetch& what, const mirror_outcome& now) {
  ask_actor(self_, deps_.disk(), mirror_disk_limit, place_mirror{what.key})
    .then(
      [this, what, now](const cached_tree& it) {
        adopt(it);
        auto& mirror = mirrors_[what.key];
        mirror.is_fetching = false;
        mirror.fetched_ns = mirror.used_ns = deps_.now_ns();
        auto is_too_big
          = mirror.bytes > deps_.settings->content.git_cache_bytes;
        if (is_too_big)
          put_off_ns_[what.key] = deps_.now_ns();
        mirror.is_doomed |= is_too_big || now.packs > most_packs;
        log_info("mirror-fetched", what.key, what.from.url);
        if (mirror.is_doomed && is_free(mirror))
          drop(what.key, [] {});
        fetch_ended();
      },
      [this, what](const caf::error& err) { not_fetched(what, err); });
}

void git_cache_state::not_fetched(const fetch& what, const caf::error& err) {
  log_warning("mirror-not-fetched", what.key,
              what.from.url + ": " + describe(err));
  put_off_ns_[what.key] = deps_.now_ns();
  if (auto known = mirrors_.find(what.key); known != mirrors_.end()) {
    known->second.is_fetching = false;
    return fetch_ended();
  }
  // It may be half of something big.
  ask_actor(self_, deps_.disk(), mirror_disk_limit, remove_mirror{what.key})
    .then([this](const done&) { fetch_ended(); },
          [this, key = what.key](const caf::error& gone) {
            log_error("mirror-not-removed", key, describe(gone));
            fetch_ended();
          });
}

void git_cache_state::fetch_ended() {
  fetching_.clear();
  trim(false, [] {});
  fetch_next();
}

// -- removal -----------------------------------------------------------------

void git_cache_state::drop(const std::string& key,
                           const std::function<void()>& then) {
  // Not given out any more, and not made anew before it is gone.
  auto& it = mirrors_[key];
  it.is_doomed = true;
  it.is_fetching = true;
  ask_actor(self_, deps_.disk(), mirror_disk_limit, remove_mirror{key})
    .then(
      [this, key, then](const done&) {
        mirrors_.erase(key);
        tell();
        then();
      },
      [this, key, then](const caf::error& err) {
        log_error("mirror-not-removed", key, describe(err));
        mirrors_[key].is_fetching = false;
        then();
      });
}

uint64_t git_cache_state::total() const {
  auto sum = uint64_t{0};
  for (const auto& [key, it] : mirrors_)
    sum += it.is_doomed ? 0 : it.bytes; // it is on its way out
  return sum;
}

void git_cache_state::tell() const {
  deps_.gauges->mirrors(mirrors_.size(), total());
}

/// Those that are too old, then those that were not used for longest.
std::vector<std::string> git_cache_state::to_trim(bool all) const {
  const auto& limits = deps_.settings->content;
  auto by_age = std::vector<std::pair<int64_t, std::string>>{};
  for (const auto& [key, it] : mirrors_)
    if (is_free(it))
      by_age.emplace_back(it.used_ns, key);
  std::ranges::sort(by_age);
  auto left = total();
  auto out = std::vector<std::string>{};
  for (const auto& [used_ns, key] : by_age) {
    auto is_old = deps_.now_ns() - used_ns > limits.git_cache_age.count();
    if (!all && !is_old && left <= limits.git_cache_bytes)
      continue;
    left -= mirrors_.at(key).bytes;
    out.push_back(key);
  }
  return out;
}

void git_cache_state::trim(bool all, const std::function<void()>& then) {
  auto keys = to_trim(all);
  if (keys.empty())
    return then();
  auto left = std::make_shared<size_t>(keys.size());
  for (const auto& key : keys)
    drop(key, [then, left] {
      if (--*left == 0)
        then();
    });
}

caf::typed_response_promise<done>
git_cache_state::trim_for(const trim_mirrors& what) {
  auto promise = self_->make_response_promise<done>();
  trim(what.all, [promise]() mutable { promise.deliver(done{}); });
  return promise;
}

void git_cache_state::look() {
  trim(false, [] {});
  self_->delayed_send(self_, trim_period, mirrors_look{});
}

git_cache_actor::behavior_type
git_cache(git_cache_actor::stateful_pointer<git_cache_state> self,
          git_cache_deps deps) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps));
  return {
    [&it](const hold_mirrors& what) { return it.hold(what); },
    [&it](const give_back_mirrors& what) { it.give_back(what); },
    [&it](const refresh_mirrors& what) { it.refresh(what); },
    [&it](const trim_mirrors& what) { return it.trim_for(what); },
    [&it](mirrors_look) { it.look(); },
  };
}

} // namespace berth
