#include "actors/workspace/workspace_manager.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"
#include "core/token.hpp"
#include "model/host_pattern.hpp"
#include "model/url_template.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

void workspace_manager_state::open(workspace_registry_actor::pointer self,
                                   manager_deps deps,
                                   const std::vector<record_ptr>& stored) {
  self_ = self;
  deps_ = std::move(deps);
  self_->set_exit_handler([this](const caf::exit_msg& exit) { rescue(exit); });
  slots_ = workspace_slots(*deps_.workspace.settings);
  recover(stored);
}

void workspace_manager_state::start(const start_workspace& request) {
  if (is_open(request.to))
    unless_under_maintenance(request, &workspace_manager_state::make_room);
}

void workspace_manager_state::stop(const stop_workspace& request) {
  if (is_open(request.to))
    unless_under_maintenance(request, &workspace_manager_state::end);
}

void workspace_manager_state::snapshot(const take_snapshot& request) {
  unless_under_maintenance(request, &workspace_manager_state::pass_on);
}

void workspace_manager_state::make_room(const start_workspace& request) {
  if (auto why = refusal(*request.spec))
    return request.to.refuse(why);
  ask_actor(self_, deps_.disk, 3min, admit_content{})
    .then([this, request](const done&) { admit(request); },
          [request](const caf::error& err) { request.to.refuse(err); });
}

void workspace_manager_state::admit(const start_workspace& request) {
  const auto& id = request.spec->id;
  if (auto why = refusal(*request.spec))
    return request.to.refuse(why);
  if (!deps_.ids->claim(id, instance_ids::user::workspace))
    return request.to.refuse(ec::already_exists,
                             "a content session has the id " + id);
  if (auto why = take_in(request)) {
    deps_.ids->release(id);
    request.to.refuse(why);
  }
}

caf::error workspace_manager_state::take_in(const start_workspace& request) {
  const auto& spec = *request.spec;
  if (auto* ghost = prepared_ghost(spec))
    return start_in_place(request, *ghost);
  if (spec.type != workspace_type::ghost)
    let_ghost_make_way(spec.class_id);
  if (auto limit = deps_.workspace.settings->runtime.max_workspaces;
      limit && live_count() >= limit)
    return make_error(ec::exhausted, "the node already runs "
                                       + std::to_string(limit) + " workspaces");
  auto slot = slots_.take();
  if (!slot)
    return make_error(ec::exhausted, "no id range or subnet is free");
  auto record = new_record(spec, *slot);
  if (!record) {
    slots_.give_back(*slot);
    return record.error();
  }
  spawn_new(request, *record);
  return {};
}

workspace_manager_state::entry*
workspace_manager_state::prepared_ghost(const workspace_spec& spec) {
  if (spec.type == workspace_type::ghost)
    return nullptr;
  for (auto& [id, entry] : entries_) {
    if (!entry.is_live || entry.makes_way || !entry.record)
      continue;
    const auto& ghost = *entry.record;
    if (ghost.spec.type == workspace_type::ghost
        && ghost.phase == phase::running && ghost.container.pid
        && ghost.spec.class_id == spec.class_id
        && ghost.spec.image == spec.image)
      return &entry;
  }
  return nullptr;
}

/// Both records go to the disk side by side. If a crash leaves only the new
/// one there, `begin_service` makes up for the ghost's; if only the ghost's,
/// its container belongs to nobody and is swept.
caf::error
workspace_manager_state::start_in_place(const start_workspace& request,
                                        entry& ghost) {
  auto record = new_record(*request.spec, ghost.slot);
  if (!record)
    return record.error();
  const auto& left = *ghost.record;
  auto named = std::make_shared<workspace_record>(**record);
  named->taken_over = left.spec.id;
  ghost.makes_way = true;
  ghost.slot_is_given = true;
  spawn_new(request, named,
            {left.kind, left.container, left.node_ip, left.image_digest});
  self_->send(ghost.actor, give_way{});
  return {};
}

void workspace_manager_state::spawn_new(const start_workspace& request,
                                        record_ptr record,
                                        prepared_container prepared) {
  auto& entry = entries_[record->spec.id];
  entry.actor = spawn_workspace(record);
  entry.meta_id = record->spec.meta_id;
  entry.slot = record->slot;
  self_->send(entry.actor,
              begin_start{request.secrets, std::move(prepared), request.to});
}

caf::error workspace_manager_state::refusal(const workspace_spec& spec) const {
  if (is_draining_)
    return make_error(ec::unavailable, "the node is draining");
  if (auto same = entries_.find(spec.id); same != entries_.end())
    return same->second.is_live
             ? make_error(ec::already_exists,
                          "workspace instance " + spec.id + " already exists")
             : make_error(ec::failed_precondition,
                          "workspace instance " + spec.id
                            + " has run and stopped; an instance id is used "
                              "once");
  for (const auto& [id, other] : entries_)
    if (other.is_live && other.record && other.record->taken_over == spec.id)
      return make_error(ec::failed_precondition,
                        "workspace instance " + id
                          + " took the place of a ghost of that id");
  for (const auto& [id, other] : entries_)
    if (other.is_live
        && (share_hosts(other.meta_id, spec.meta_id)
            || share_hosts(id, spec.id)))
      return make_error(
        ec::already_exists,
        other.meta_id == spec.meta_id
          ? "workspace " + spec.meta_id + " already runs as " + id
          : "workspace " + spec.meta_id + " would have the address of "
              + other.meta_id + ", which runs as " + id);
  return {};
}

result<record_ptr>
workspace_manager_state::new_record(const workspace_spec& spec,
                                    uint32_t slot) const {
  const auto& settings = *deps_.workspace.settings;
  auto record = std::make_shared<workspace_record>();
  record->spec = spec;
  record->slot = slot;
  record->version = 1;
  record->phase = phase::pending;
  const auto& clock = deps_.workspace.clock;
  record->created_at = clock.wall();
  auto now = clock.since_boot();
  record->ticks = {clock.boot, now, now, std::nullopt};
  record->owner_token = make_owner_token();
  auto url
    = url_template::parse(settings.ingress.workspace_url, url_kind::workspace);
  if (!url)
    return url.error();
  record->url = url->render(
    {.id = spec.id, .prefix = spec.meta_id, .host = settings.ingress.host});
  return record_ptr{record};
}

workspace_actor workspace_manager_state::spawn_workspace(record_ptr record) {
  return self_->spawn<caf::linked>(workspace, deps_.workspace,
                                   workspace_listener_actor{self_},
                                   std::move(record));
}

size_t workspace_manager_state::live_count() const {
  return std::count_if(entries_.begin(), entries_.end(), [](const auto& it) {
    return it.second.is_live && !it.second.makes_way;
  });
}

/// On a full node, a ghost of the class gives its place to a real workspace.
void workspace_manager_state::let_ghost_make_way(const std::string& class_id) {
  auto limit = deps_.workspace.settings->runtime.max_workspaces;
  if (!limit || live_count() < limit)
    return;
  auto ghost
    = std::find_if(entries_.begin(), entries_.end(), [&](const auto& it) {
        const auto& [id, entry] = it;
        return entry.is_live && !entry.makes_way && entry.record
               && entry.record->spec.type == workspace_type::ghost
               && entry.record->spec.class_id == class_id;
      });
  if (ghost == entries_.end())
    return;
  ghost->second.makes_way = true;
  self_->send(ghost->second.actor,
              stop_workspace{ghost->first, stop_policy::abort,
                             answer<done>{[](const result<done>&) {}}});
}

void workspace_manager_state::show(const describe_workspace& request) const {
  if (auto* found = find(request.id, request.to))
    request.to.give(found->record);
}

void workspace_manager_state::list(const get_workspaces& request) const {
  if (!is_open(request.to))
    return;
  auto matching = std::vector<record_ptr>{};
  for (const auto& [id, entry] : entries_)
    if (entry.record && request.filter.matches(entry.record->spec))
      matching.push_back(entry.record);
  request.to.give(std::move(matching));
}

void workspace_manager_state::end(const stop_workspace& request) {
  auto found = entries_.find(request.id);
  if (found == entries_.end() || !found->second.is_live)
    return request.to.give(done{});
  auto& entry = found->second;
  if (entry.record && entry.record->spec.type == workspace_type::ghost)
    entry.makes_way = true;
  self_->send(entry.actor, request);
}

void workspace_manager_state::mark(const mark_active& request) {
  auto* found = find(request.id, request.to);
  if (!found)
    return;
  // Heartbeats arrive late: what has ended cannot be kept alive, and saying
  // so is no error.
  if (!found->is_live)
    return request.to.give(done{});
  self_->send(found->actor, request);
}

void workspace_manager_state::run_inside(const exec_in_workspace& request) {
  if (auto* found = find_live(request.plan.id, request.to))
    self_->send(found->actor, request);
}

void workspace_manager_state::locate_log(const find_log& request) {
  auto* found = find(request.id, request.to);
  if (!found)
    return;
  ask_actor(self_, deps_.workspace.runtime, 10s,
            get_log_path{found->record->container_id()})
    .then([to = request.to](const log_path& path) { to.give(path); },
          [to = request.to](const caf::error& err) { to.refuse(err); });
}

void workspace_manager_state::drain(const berth::drain& request) {
  is_draining_ = true;
  request.to.give(done{});
}

void workspace_manager_state::changed(const record_changed& news) {
  auto& entry = entries_[news.record->spec.id];
  entry.record = news.record;
  self_->send(deps_.bus, publish{news.record});
  if (news.record->phase == phase::stopped && entry.is_live) {
    if (!entry.slot_is_given)
      slots_.give_back(news.record->slot);
    retire(entry, news.record);
  }
}

void workspace_manager_state::retire(entry& entry, const record_ptr& last) {
  entry.is_live = false;
  entry.actor = workspace_actor{};
  self_->delayed_send(self_,
                      deps_.workspace.settings->timeouts.stopped_retention,
                      retention_over{last->spec.id});
}

void workspace_manager_state::abandoned(const start_abandoned& news) {
  auto found = entries_.find(news.id);
  if (found == entries_.end() || found->second.record)
    return;
  slots_.give_back(found->second.slot);
  entries_.erase(found);
  deps_.ids->release(news.id);
}

void workspace_manager_state::expire(const std::string& id) {
  auto has_its_container = [&](const auto& it) {
    const auto& other = it.second;
    return other.is_live && other.record && other.record->taken_over == id;
  };
  auto found = entries_.find(id);
  if (found != entries_.end() && found->second.record
      && std::none_of(entries_.begin(), entries_.end(), has_its_container))
    self_->send(deps_.workspace.runtime,
                forget_log{found->second.record->container_id()});
  ask_actor(self_, deps_.workspace.store, 1min, drop_record{id})
    .then(
      [this, id](const stored&) {
        entries_.erase(id);
        deps_.ids->release(id);
        deps_.workspace.published->erase(id);
        self_->send(deps_.bus, forget{id});
      },
      [id](const caf::error& err) {
        log_error("record-not-dropped", id, describe(err));
      });
}

workspace_registry_actor::behavior_type workspace_manager(
  workspace_registry_actor::stateful_pointer<workspace_manager_state> self,
  manager_deps deps, std::vector<record_ptr> stored) {
  auto& it = self->state;
  it.open(self, std::move(deps), stored);
  return {
    [&it](const start_workspace& request) { it.start(request); },
    [&it](const stop_workspace& request) { it.stop(request); },
    [&it](const describe_workspace& request) { it.show(request); },
    [&it](const get_workspaces& request) { it.list(request); },
    [&it](const mark_active& request) { it.mark(request); },
    [&it](const adjust_workspace& request) { it.pass_on(request); },
    [&it](const take_snapshot& request) { it.snapshot(request); },
    [&it](const backup_workspace& request) { it.pass_on(request); },
    [&it](const exec_in_workspace& request) { it.run_inside(request); },
    [&it](const find_log& request) { it.locate_log(request); },
    [&it](const drain& request) { it.drain(request); },
    [&it](const record_changed& news) { it.changed(news); },
    [&it](const start_abandoned& news) { it.abandoned(news); },
    [&it](const retention_over& over) { it.expire(over.id); },
  };
}

} // namespace berth
