#include "actors/ask.hpp"
#include "actors/builds/build_registry.hpp"
#include "core/builds/build_recipe.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto leftover_limit = 10min;

/// A build that ends berthd must not do so for ever.
constexpr uint32_t most_interruptions = 3;

constexpr auto interrupted = "the node was restarted during the build";

} // namespace

template <class Reply, class Handle, class Message>
void build_registry_state::chore(const Handle& whom, Message what,
                                 const std::string& whose,
                                 std::function<void(Reply&)> then) {
  ++chores_;
  ask_actor(self_, whom, leftover_limit, std::move(what))
    .then(
      [this, then = std::move(then)](Reply& reply) {
        then(reply);
        chore_over();
      },
      [this, whose](const caf::error& err) {
        log_warning("build-leftover", whose, describe(err));
        chore_over();
      });
}

/// Sandboxes of an earlier berthd ended with it. What they wrote may be half
/// written.
void build_registry_state::recover(std::vector<build_record> stored) {
  auto broken = std::vector<std::string>{};
  for (auto& record : stored) {
    if (record.phase == build_phase::building && !record.cache_key.empty())
      broken.push_back(record.cache_key);
    take_over(std::move(record));
  }
  chore<done>(deps_.kernel.file(), remove_tree{deps_.layout().builds()}, "");
  if (!interrupted_.empty())
    for (auto slots = slots_; auto slot = slots.take();)
      chore<done>(deps_.kernel.veth(), remove_link{deps_.layout().link(*slot)},
                  "");
  sweep_secrets_of_others();
  drop_broken(std::move(broken)); // ends what began with us
}

void build_registry_state::take_over(build_record record) {
  auto id = record.id;
  auto& mine = builds_[id];
  mine.record = std::move(record);
  if (is_done(mine.record.phase))
    return note_done(id);
  interrupted_.push_back(id);
  chore<done>(deps_.kernel.cgroup(),
              remove_cgroup{deps_.layout().build_cgroup(id)}, id);
  mine.keeps_secrets = mine.record.recipe && mine.record.recipe->had_secrets;
  if (mine.keeps_secrets)
    chore<recalled_secrets>(deps_.secrets(), recall_secrets{id}, id,
                            [this, id](recalled_secrets& kept) {
                              recalled_[id] = std::move(kept.secrets);
                            });
}

void build_registry_state::sweep_secrets_of_others() {
  auto to_keep = sweep_secrets{};
  for (const auto& [id, mine] : builds_)
    if (mine.keeps_secrets)
      to_keep.known.push_back(id);
  chore<done>(deps_.secrets(), std::move(to_keep), "");
}

/// One after the other, then a look at those that are left.
void build_registry_state::drop_broken(std::vector<std::string> caches) {
  if (caches.empty())
    return caches_.look_around([this] { chore_over(); });
  auto key = std::move(caches.back());
  caches.pop_back();
  caches_.drop(key, [this, caches] { drop_broken(caches); });
}

void build_registry_state::chore_over() {
  if (--chores_ != 0)
    return;
  forget_most();
  for (const auto& id : std::exchange(interrupted_, {}))
    resume(id);
  recalled_.clear();
  for (const auto& ask : std::exchange(early_, {}))
    ask();
}

/// From the start: that is always right, and layers of finished builds are
/// found again.
void build_registry_state::resume(const std::string& id) {
  auto record = builds_.at(id).record;
  auto why = std::string{interrupted};
  if (!record.recipe)
    return give_up(id, why + "; please build again");
  const auto& secrets = recalled_[id];
  if (record.recipe->had_secrets && secrets.empty())
    return give_up(id, why
                         + ", and the credentials that it was given are "
                           "not kept; please build again");
  if (++record.interruptions > most_interruptions)
    return give_up(id, why + " again and again");
  record.phase = build_phase::resolving;
  record.message.clear();
  auto what = build_request{};
  what.source = record.recipe->source;
  what.auth = record.recipe->auth;
  what.use_retry_client = record.recipe->use_retry_client;
  what.owner = record.owner;
  restore_secrets(secrets, what.source, what.auth);
  log_info("build-resumed", id, record.reference);
  begin(std::move(record), std::move(what));
}

void build_registry_state::give_up(const std::string& id,
                                   const std::string& why) {
  auto found = builds_.find(id);
  if (found == builds_.end() || is_done(found->second.record.phase))
    return;
  auto& mine = found->second;
  if (mine.actor) {
    self_->unlink_from(mine.actor.address());
    self_->send_exit(std::exchange(mine.actor, nullptr),
                     caf::exit_reason::user_shutdown);
  }
  auto failed = mine.record;
  failed.phase = build_phase::done_failure;
  failed.message = why;
  failed.ended_at = deps_.now();
  failed.recipe = nullptr;
  // An earlier attempt may have told another end.
  tell_actor(deps_.logs, put_build_log{id, {"Failed: " + why + "\n", 0}});
  tell_actor(deps_.store, put_build{failed});
  changed(failed);
}

} // namespace berth
