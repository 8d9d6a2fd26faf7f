#include "actors/quarantine/quarantine.hpp"

#include "actors/ask.hpp"
#include "core/layout.hpp"
#include "core/log.hpp"
#include "core/slots.hpp"
#include "model/ids.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto look_limit = 1min;
constexpr auto measure_limit = 10min; ///< of millions of files
constexpr auto deletion_limit = 30min;
constexpr auto look_period = 1min;

/// What was restored has a backup by now.
size_t count_unsafe(const quarantine_listing& all) {
  return static_cast<size_t>(std::ranges::count_if(
    all.contents, [](const auto& each) { return each.note.backup.empty(); }));
}

} // namespace

void quarantine_state::take_charge(quarantine_actor::pointer self,
                                   quarantine_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
  ask_actor(self_, deps_.hands(), deletion_limit, finish_deletions{})
    .then([](const done&) {},
          [](const caf::error& err) {
            log_error("quarantine-not-cleared", "", describe(err));
          });
  look_after();
}

std::string quarantine_state::directory_of(const std::string& name) const {
  return layout{*deps_.settings}.quarantine() / name / "content";
}

caf::typed_response_promise<quarantine_listing> quarantine_state::list() {
  auto promise = self_->make_response_promise<quarantine_listing>();
  ask_actor(self_, deps_.hands(), measure_limit, look_through{true})
    .then(
      [promise](quarantine_listing& all) mutable {
        promise.deliver(std::move(all));
      },
      [promise](const caf::error& err) mutable { promise.deliver(err); });
  return promise;
}

template <class T>
bool quarantine_state::seize(const std::string& name, const answer<T>& to) {
  if (busy_.insert(name).second)
    return true;
  to.refuse(ec::failed_precondition,
            name + " is being restored or removed already");
  return false;
}

// -- restore -----------------------------------------------------------------

void quarantine_state::restore(const restore_quarantined& what) {
  if (!seize(what.name, what.to))
    return;
  ask_actor(self_, deps_.hands(), look_limit, look_up{what.name})
    .then([this, what](const quarantined_content& it) { archive(what, it); },
          [this, what](const caf::error& err) {
            busy_.erase(what.name);
            what.to.refuse(err);
          });
}

/// A backup beside a workspace that runs would be overtaken by its own.
caf::error quarantine_state::refusal(const content_id& whose) const {
  if (!is_valid_id(whose.owner) || !is_valid_id(whose.meta_id))
    return make_error(ec::failed_precondition,
                      "nobody knows whose it is: name owner and meta id");
  auto live = deps_.published->find_live(whose.owner, whose.meta_id);
  if (!live)
    return {};
  return make_error(ec::failed_precondition, "workspace " + whose.meta_id
                                               + " runs as " + live->spec.id
                                               + ": stop it first");
}

void quarantine_state::archive(const restore_quarantined& what,
                               const quarantined_content& found) {
  const auto& note = found.note;
  auto whose = content_id{note.instance, note.owner, note.meta_id,
                          housekeeping_slot(*deps_.settings)};
  auto differs = [](const std::string& known, const std::string& said) {
    return !known.empty() && !said.empty() && known != said;
  };
  auto is_named
    = [](const std::string& said) { return said.empty() || is_valid_id(said); };
  auto why = caf::error{};
  if (!is_named(what.owner) || !is_named(what.meta_id))
    why = make_error(ec::invalid_argument, "owner or meta id not valid");
  else if (differs(note.owner, what.owner)
           || differs(note.meta_id, what.meta_id))
    why = make_error(ec::permission_denied,
                     "it belongs to " + note.owner + "/" + note.meta_id);
  if (whose.owner.empty())
    whose.owner = what.owner;
  if (whose.meta_id.empty())
    whose.meta_id = what.meta_id;
  if (!why)
    why = refusal(whose);
  if (why) {
    busy_.erase(what.name);
    return what.to.refuse(std::move(why));
  }
  auto job = archive_content{std::move(whose), archive_purpose::backup, ""};
  job.directory = directory_of(what.name);
  auto limit = 4 * deps_.settings->timeouts.content_finalization + 2h;
  ask_actor(self_, deps_.content, limit, std::move(job))
    .then(
      [this, what](const content_archived& it) {
        this->note(what, it.qualified_name);
      },
      [this, what](const caf::error& err) {
        busy_.erase(what.name);
        log_error("quarantine-not-restored", what.name, describe(err));
        what.to.refuse(ec::data_loss, "backup failed: " + describe(err));
      });
}

void quarantine_state::note(const restore_quarantined& what,
                            const std::string& backup) {
  auto finish = [this, what, backup] {
    busy_.erase(what.name);
    log_info("quarantine-restored", what.name, backup);
    what.to.give(backup);
    count();
  };
  ask_actor(self_, deps_.hands(), look_limit,
            note_restored{what.name, backup, deps_.now_ns()})
    .then([finish](const done&) { finish(); },
          [finish, what](const caf::error& err) {
            // It stays for ever then, which harms nobody.
            log_warning("quarantine-note-not-written", what.name,
                        describe(err));
            finish();
          });
}

// -- removal -----------------------------------------------------------------

void quarantine_state::remove(const remove_quarantined& what) {
  if (!seize(what.name, what.to))
    return;
  ask_actor(self_, deps_.hands(), deletion_limit, delete_entry{what.name})
    .then(
      [this, what](const done&) {
        busy_.erase(what.name);
        log_warning("quarantine-removed", what.name, "by an operator's word");
        what.to.give(done{});
        count();
      },
      [this, what](const caf::error& err) {
        busy_.erase(what.name);
        what.to.refuse(err);
      });
}

void quarantine_state::look_after() {
  self_->delayed_send(self_, look_period, retention_due{});
  ask_actor(self_, deps_.hands(), look_limit, look_through{})
    .then(
      [this](const quarantine_listing& all) {
        deps_.gauges->quarantined(count_unsafe(all));
        remove_kept(all);
      },
      [](const caf::error& err) {
        log_error("quarantine-not-read", "", describe(err));
      });
}

void quarantine_state::remove_kept(const quarantine_listing& all) {
  auto retention = deps_.settings->content.quarantine_retention.count();
  if (retention == 0)
    return;
  for (const auto& each : all.contents) {
    auto is_safe = !each.note.backup.empty();
    auto is_over = deps_.now_ns() - each.note.restored_ns > retention;
    if (!is_safe || !is_over || !busy_.insert(each.name).second)
      continue;
    ask_actor(self_, deps_.hands(), deletion_limit, delete_entry{each.name})
      .then(
        [this, name = each.name, backup = each.note.backup](const done&) {
          busy_.erase(name);
          log_info("quarantine-expired", name, "safe in " + backup);
          count();
        },
        [this, name = each.name](const caf::error& err) {
          busy_.erase(name);
          log_error("quarantine-not-removed", name, describe(err));
        });
  }
}

void quarantine_state::count() {
  ask_actor(self_, deps_.hands(), look_limit, look_through{})
    .then(
      [this](const quarantine_listing& all) {
        deps_.gauges->quarantined(count_unsafe(all));
      },
      [](const caf::error&) {}); // the next look says it
}

quarantine_actor::behavior_type
quarantine(quarantine_actor::stateful_pointer<quarantine_state> self,
           quarantine_deps deps) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps));
  return {
    [&it](list_quarantine) { return it.list(); },
    [&it](const restore_quarantined& what) { it.restore(what); },
    [&it](const remove_quarantined& what) { it.remove(what); },
    [&it](retention_due) { it.look_after(); },
  };
}

} // namespace berth
