#include "actors/ask.hpp"
#include "actors/builds/build_registry.hpp"
#include "core/builds/build_key.hpp"

#include <algorithm>
#include <functional>

namespace berth {

// -- questions ---------------------------------------------------------------

build_list build_registry_state::list() const {
  auto out = build_list{};
  for (const auto& [id, each] : builds_)
    out.builds.push_back(each.record);
  std::ranges::sort(out.builds, std::greater{}, &build_record::started_at);
  return out;
}

const build_registry_state::entry*
build_registry_state::find_for_log(const read_build_log& what) const {
  if (!what.id.empty()) {
    auto found = builds_.find(what.id);
    return found == builds_.end() ? nullptr : &found->second;
  }
  if (what.reference.empty())
    return nullptr; // that of a build under way, by digest
  const entry* newest = nullptr;
  for (const auto& [id, each] : builds_) {
    auto digest = reference_by_digest(each.record);
    if (what.reference != each.record.reference && what.reference != digest)
      continue;
    if (!newest || newest->record.started_at < each.record.started_at)
      newest = &each;
  }
  return newest;
}

void build_registry_state::read_log(const read_build_log& what) {
  // One that was interrupted has no log before it begins again.
  if (chores_ != 0)
    return early_.push_back([this, what] { read_log(what); });
  auto* found = find_for_log(what);
  if (!found)
    return what.to.refuse(ec::not_found, "build not found");
  if (found->actor)
    return self_->send(found->actor, what);
  // Its log ended with the berthd that made it.
  auto piece = build_log_piece{};
  piece.id = found->record.id;
  piece.text = what.from == 0 ? found->record.message + "\n" : "";
  piece.next = what.from + piece.text.size();
  piece.is_last = true;
  what.to.give(std::move(piece));
}

// -- the end -----------------------------------------------------------------

void build_registry_state::forget(const std::string& id) {
  auto found = builds_.find(id);
  if (found == builds_.end() || !is_done(found->second.record.phase)
      || found->second.is_running)
    return;
  if (found->second.actor) {
    self_->unlink_from(found->second.actor.address());
    self_->send_exit(found->second.actor, caf::exit_reason::user_shutdown);
  }
  builds_.erase(found);
  std::erase(done_, id);
  tell_actor(deps_.store, forget_build{id});
}

caf::typed_response_promise<done> build_registry_state::trim_caches() {
  auto promise = self_->make_response_promise<done>();
  caches_.drop_unused([promise]() mutable { promise.deliver(done{}); });
  return promise;
}

void build_registry_state::forget_most() {
  // Those that clean up still stay, and what is forgotten leaves the list.
  for (const auto& id : std::vector(done_.begin(), done_.end())) {
    if (done_.size() <= most_done_builds)
      return;
    forget(id);
  }
}

} // namespace berth
