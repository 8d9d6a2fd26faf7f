#include "actors/ask.hpp"
#include "actors/builds/build_log_pieces.hpp"
#include "actors/builds/build_registry.hpp"
#include "core/builds/build_key.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

namespace berth {

namespace {

constexpr auto load_limit = std::chrono::minutes{1};

void give_old_log(const read_build_log& asked, const build_record& record,
                  const log_ring& log) {
  auto piece = next_log_piece(record, log, asked.from);
  piece.is_last = piece.next >= log.end();
  asked.to.give(std::move(piece));
}

} // namespace

// -- questions ---------------------------------------------------------------

build_list build_registry_state::list() const {
  auto out = build_list{};
  for (const auto& [id, each] : builds_)
    out.builds.push_back(each.record);
  std::ranges::sort(out.builds, std::greater{}, &build_record::started_at);
  return out;
}

build_registry_state::entry*
build_registry_state::find_for_log(const read_build_log& what) {
  if (!what.id.empty()) {
    auto found = builds_.find(what.id);
    return found == builds_.end() ? nullptr : &found->second;
  }
  if (what.reference.empty())
    return nullptr; // that of a build under way, by digest
  entry* newest = nullptr;
  for (auto& [id, each] : builds_) {
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
  if (!found->kept_log)
    return load_log(what, found->record.id);
  give_old_log(what, found->record, *found->kept_log);
}

/// One that ended with its berthd has no log; why it is done is told then.
void build_registry_state::load_log(const read_build_log& what,
                                    const std::string& id) {
  auto take = [this, what, id](const build_log& kept) {
    auto found = builds_.find(id);
    if (found == builds_.end())
      return what.to.refuse(ec::not_found, "build not found");
    auto log = std::make_shared<log_ring>(build_log_bytes, kept.lost);
    log->add(kept.text);
    give_old_log(what, found->second.record, *log);
    if (is_done(found->second.record.phase))
      found->second.kept_log = std::move(log);
  };
  ask_actor(self_, deps_.logs, load_limit, load_build_log{id})
    .then(take, [this, what, id, take](const caf::error& err) {
      if (code_of(err) != ec::not_found)
        return what.to.refuse(err);
      auto found = builds_.find(id);
      take(found == builds_.end()
             ? build_log{}
             : build_log{found->second.record.message + "\n"});
    });
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
