#include "actors/disk/disk_guard.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto gauge_limit = 10s;
constexpr auto trim_limit = 2min;
constexpr auto disk_look_period = 15s;

std::string in_mib(uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

} // namespace

void disk_guard_state::take_charge(disk_guard_actor::pointer self,
                                   disk_guard_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
  look();
}

std::string disk_guard_state::shortage_of(const disk_room& room) const {
  const auto& wanted = deps_.settings->content;
  if (room.bytes < wanted.min_free_bytes)
    return in_mib(room.bytes) + " are left, content.min_free_space is "
           + in_mib(wanted.min_free_bytes);
  if (room.counts_files && room.files < wanted.min_free_inodes)
    return "room for " + std::to_string(room.files)
           + " files is left, content.min_free_files is "
           + std::to_string(wanted.min_free_inodes);
  return {};
}

void disk_guard_state::note(const disk_room& room,
                            const std::string& shortage) {
  deps_.gauges->disk(room.bytes, room.files, shortage);
  if (shortage_.empty() && !shortage.empty())
    log_error("disk-pressure", deps_.settings->node.name,
              shortage + "; nothing starts");
  else if (!shortage_.empty() && shortage.empty())
    log_info("disk-pressure-over", deps_.settings->node.name, "");
  shortage_ = shortage;
}

void disk_guard_state::measure(bool may_trim, judgement then) {
  ask_actor(self_, deps_.gauge(), gauge_limit, measure_disk{})
    .then(
      [this, may_trim, then](const disk_room& room) {
        auto shortage = shortage_of(room);
        if (shortage.empty() || !may_trim) {
          note(room, shortage);
          return then(shortage);
        }
        make_room([this, then] { measure(false, then); });
      },
      [then](const caf::error& err) {
        // Who cannot look does not know of a shortage.
        log_error("disk-not-measured", "", describe(err));
        then({});
      });
}

/// Of what can be had again.
void disk_guard_state::make_room(std::function<void()> then) {
  auto left = std::make_shared<size_t>(1);
  auto one_is_done = [left, then = std::move(then)] {
    if (--*left == 0)
      then();
  };
  auto trim = [&](const auto& whose, auto what) {
    if (!whose)
      return;
    ++*left;
    ask_actor(self_, whose, trim_limit, what)
      .then([one_is_done](const done&) { one_is_done(); },
            [one_is_done](const caf::error& err) {
              log_warning("cache-not-trimmed", "", describe(err));
              one_is_done();
            });
  };
  trim(deps_.cache, trim_mirrors{true});
  trim(deps_.builds, trim_build_caches{});
  one_is_done();
}

caf::typed_response_promise<done> disk_guard_state::admit() {
  auto promise = self_->make_response_promise<done>();
  measure(true, [promise](const std::string& shortage) mutable {
    if (shortage.empty())
      promise.deliver(done{});
    else
      promise.deliver(make_error(
        ec::exhausted, "the node's disk is nearly full: " + shortage));
  });
  return promise;
}

void disk_guard_state::look() {
  measure(true, [this](const std::string&) {
    self_->delayed_send(self_, disk_look_period, look_at_disk{});
  });
}

disk_guard_actor::behavior_type
disk_guard(disk_guard_actor::stateful_pointer<disk_guard_state> self,
           disk_guard_deps deps) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps));
  return {
    [&it](admit_content) { return it.admit(); },
    [&it](look_at_disk) { it.look(); },
  };
}

} // namespace berth
