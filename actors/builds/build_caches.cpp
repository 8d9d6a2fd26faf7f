#include "actors/builds/build_caches.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr auto cache_disk_limit = 10min;

} // namespace

void build_caches::take_charge(build_registry_brain::pointer self,
                               const build_deps& deps, step on_free) {
  self_ = self;
  deps_ = deps;
  on_free_ = std::move(on_free);
}

void build_caches::look_around(const step& then) {
  ask_actor(self_, deps_.cache_disk(), cache_disk_limit, list_caches{})
    .then(
      [this, then](const cached_trees& found) {
        for (const auto& each : found.trees)
          adopt(each);
        trim();
        then();
      },
      [then](const caf::error& err) {
        log_error("build-caches-not-listed", "", describe(err));
        then();
      });
}

void build_caches::adopt(const cached_tree& found) {
  auto& it = caches_[found.key];
  it.bytes = found.bytes;
  it.used_ns = std::max(it.used_ns, found.used_ns);
  tell();
}

bool build_caches::is_free(const std::string& key) const {
  auto known = caches_.find(key);
  return known == caches_.end() || !known->second.is_used;
}

cache_contents build_caches::take(const std::string& key) {
  auto& it = caches_[key];
  it.is_used = true;
  return it.contents;
}

void build_caches::give_back(const std::string& key, cache_contents contents) {
  auto& it = caches_[key];
  it.is_used = false;
  it.contents = std::move(contents);
  measure(key);
}

/// The next build need not wait for it.
void build_caches::measure(const std::string& key) {
  ask_actor(self_, deps_.cache_disk(), cache_disk_limit, measure_cache{key})
    .then(
      [this](const cached_tree& found) {
        // Who has it now, or removes it, says the last word.
        if (caches_.contains(found.key) && is_free(found.key))
          adopt(found);
        trim();
      },
      [this, key](const caf::error& err) {
        auto known = caches_.find(key);
        if (known == caches_.end() || known->second.is_used)
          return;
        // A build that failed early has made none.
        if (known->second.bytes == 0)
          caches_.erase(known);
        else
          log_warning("build-cache-not-measured", key, describe(err));
      });
}

/// However long it takes: until then nobody may use it.
void build_caches::drop(const std::string& key, const step& then) {
  auto& it = caches_[key];
  it = {};
  it.is_used = true;
  ++removals_;
  ask_actor(self_, deps_.cache_disk(), caf::infinite, remove_cache{key})
    .then(
      [this, key, then](const done&) {
        caches_.erase(key);
        tell();
        removed(then);
      },
      [this, key, then](const caf::error& err) {
        // It stays taken: what is in it must not be used.
        log_error("build-cache-not-removed", key, describe(err));
        removed(then);
      });
}

void build_caches::removed(const step& then) {
  --removals_;
  then();
  if (removals_ == 0)
    for (const auto& go_on : std::exchange(after_removals_, {}))
      go_on();
}

void build_caches::drop_unused(const step& then) {
  auto keys = std::vector<std::string>{};
  for (const auto& [key, it] : caches_)
    if (!it.is_used)
      keys.push_back(key);
  for (const auto& key : keys)
    drop(key, on_free_);
  // Those that somebody else asked for make room too.
  if (removals_ == 0)
    then();
  else
    after_removals_.push_back(then);
}

void build_caches::trim() {
  auto total = uint64_t{0};
  auto by_age = std::vector<std::pair<int64_t, std::string>>{};
  for (const auto& [key, it] : caches_) {
    total += it.bytes;
    if (!it.is_used)
      by_age.emplace_back(it.used_ns, key);
  }
  std::ranges::sort(by_age);
  for (const auto& [used_ns, key] : by_age) {
    if (total <= deps_.settings->build_cache_bytes)
      return;
    total -= caches_.at(key).bytes;
    log_info("build-cache-evicted", key, "");
    drop(key, on_free_);
  }
}

void build_caches::tell() const {
  auto bytes = uint64_t{0};
  for (const auto& [key, it] : caches_)
    bytes += it.bytes;
  deps_.gauges->build_caches(caches_.size(), bytes);
}

} // namespace berth
