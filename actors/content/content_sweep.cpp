#include "actors/ask.hpp"
#include "actors/content/content.hpp"
#include "core/log.hpp"

namespace berth {

caf::typed_response_promise<done>
content_state::sweep(const sweep_content& what) {
  auto now = std::make_shared<sweeping>();
  now->known = {what.known.begin(), what.known.end()};
  now->promise = self_->make_response_promise<done>();
  go_on_with_archives([](const archive_record&) { return true; });
  auto clean
    = clean_storage{{}, deps_.layout().views(), deps_.layout().pieces()};
  for (const auto& [id, archive] : archives_)
    clean.keep.insert(id);
  auto list = [this, now] {
    ask_actor(self_, deps_.disk(), disk_limit,
              list_content{deps_.layout().contents()})
      .then([this, now](const content_listing& it) { run_sweep(it, now); },
            [now](const caf::error& err) { now->promise.deliver(err); });
  };
  // What is begun from now on must not be taken for a leftover.
  ask_actor(self_, deps_.disk(), removal_limit, std::move(clean))
    .then([list](const done&) { list(); },
          [list](const caf::error& err) {
            log_error("archives-not-swept", "", describe(err));
            list();
          });
  return now->promise;
}

void content_state::run_sweep(const content_listing& listing,
                              const std::shared_ptr<sweeping>& now) {
  auto swept_out = [this, now](const caf::error& err) {
    if (err)
      log_error("content-sweep-failed", "", describe(err));
    swept(now);
  };
  for (const auto& instance : listing.leftovers) {
    if (queues_.contains(instance))
      continue; // not left over: in use
    ++now->under_way;
    run_alone(instance,
              {remove_tree{deps_.staging(instance)},
               remove_tree{deps_.trash(instance)}},
              swept_out);
  }
  for (const auto& instance : listing.instances) {
    if (now->known.contains(instance) || fresh_.contains(instance))
      continue;
    ++now->under_way;
    log_warning("content-orphaned", instance, "moved to the quarantine");
    run_alone(
      instance,
      {into_quarantine({instance, "", ""}, "no workspace of this id is known")},
      swept_out);
  }
  swept(now);
}

void content_state::swept(const std::shared_ptr<sweeping>& now) {
  if (--now->under_way == 0)
    now->promise.deliver(done{});
}

} // namespace berth
