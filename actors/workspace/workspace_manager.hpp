#pragma once

#include "actors/ask.hpp"
#include "actors/disk/api.hpp"
#include "actors/events/api.hpp"
#include "actors/message.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/instance_ids.hpp"
#include "core/slots.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// Where the manager finds everybody, and how it gets a workspace actor.
struct manager_deps {
  workspace_deps workspace;
  event_bus_actor bus;
  disk_guard_actor disk;
  /// Shared with the sessions, whose ids are in it before the manager is born.
  std::shared_ptr<instance_ids> ids = std::make_shared<instance_ids>();
};

/// A stopped record has been visible for long enough.
struct retention_over {
  std::string id;
};

/// The manager as its own family sees it.
using workspace_registry_actor = workspace_manager_actor::extend<
  // From the workspaces: what is stored now.
  caf::reacts_to<record_changed>, caf::reacts_to<start_abandoned>,
  // Internal: drops the record.
  caf::reacts_to<retention_over>>;

class workspace_manager_state {
public:
  static inline const char* name = "workspace_manager";

  workspace_manager_state() {}

  void open(workspace_registry_actor::pointer self, manager_deps deps,
            const std::vector<record_ptr>& stored);

  // Not while there is maintenance.
  void start(const start_workspace&);
  void stop(const stop_workspace&);
  void snapshot(const take_snapshot&);

  void show(const describe_workspace&) const;
  void list(const get_workspaces&) const;
  void mark(const mark_active&);
  void run_inside(const exec_in_workspace&);
  void locate_log(const find_log&);
  void drain(const berth::drain&);
  void changed(const record_changed&);
  void abandoned(const start_abandoned&);
  void expire(const std::string& id);

  /// Hands `request` to its workspace, or refuses it.
  template <class Request>
  void pass_on(const Request& request) {
    if (auto* found = find_live(request.id, request.to))
      self_->send(found->actor, request);
  }

private:
  struct entry {
    workspace_actor actor;
    /// The newest stored one; null until the start is on disk.
    record_ptr record;
    std::string meta_id;
    uint32_t slot = 0;
    bool is_live = true;        ///< not stopped: holds its slot and its meta id
    bool makes_way = false;     ///< a ghost that was told to go
    bool slot_is_given = false; ///< to the workspace it makes way for
  };

  /// Hands `request` on to `go` unless the node is under maintenance.
  template <class Request>
  void unless_under_maintenance(
    const Request& request,
    void (workspace_manager_state::*go)(const Request&)) {
    ask_actor(self_, deps_.workspace.maintenance, std::chrono::seconds{10},
              get_maintenance{})
      .then(
        [=, this](const maintenance& it) {
          if (it.is_on)
            request.to.refuse(ec::failed_precondition, under_maintenance);
          else
            (this->*go)(request);
        },
        [request](const caf::error& err) { request.to.refuse(err); });
  }

  template <class T>
  bool is_open(const answer<T>& to) const {
    if (!is_recovered_)
      to.refuse(ec::unavailable, "recovering; try again in a moment");
    return is_recovered_;
  }

  template <class T>
  const entry* find(const std::string& id, const answer<T>& to) const {
    if (!is_open(to))
      return nullptr;
    auto found = entries_.find(id);
    if (found != entries_.end() && found->second.record)
      return &found->second;
    to.refuse(ec::not_found, "workspace " + id + " does not exist");
    return nullptr;
  }

  template <class T>
  const entry* find_live(const std::string& id, const answer<T>& to) const {
    auto* found = find(id, to);
    if (!found || found->is_live)
      return found;
    to.refuse(ec::failed_precondition, "workspace " + id + " has stopped");
    return nullptr;
  }

  /// Nothing starts on a full disk.
  void make_room(const start_workspace&);
  void admit(const start_workspace&);
  /// Of one that is not refused for what it is: finds it a place.
  caf::error take_in(const start_workspace&);
  void end(const stop_workspace&);
  void recover(const std::vector<record_ptr>& stored);
  void begin_service(const std::vector<record_ptr>& stored);
  void resume(const record_ptr&);
  /// A workspace actor that died is replaced, from what is on disk.
  void rescue(const caf::exit_msg&);
  caf::error refusal(const workspace_spec&) const;
  result<record_ptr> new_record(const workspace_spec&, uint32_t slot) const;
  workspace_actor spawn_workspace(record_ptr);
  size_t live_count() const;
  void let_ghost_make_way(const std::string& class_id);
  /// The ghost whose container fits a new workspace; none: null.
  entry* prepared_ghost(const workspace_spec&);
  caf::error start_in_place(const start_workspace&, entry& ghost);
  void spawn_new(const start_workspace&, record_ptr, prepared_container = {});
  void retire(entry&, const record_ptr& last);

  workspace_registry_actor::pointer self_ = nullptr;
  manager_deps deps_;
  std::map<std::string, entry> entries_;
  slot_pool slots_;
  bool is_recovered_ = false;
  bool is_draining_ = false;
};

/// `stored` is what the database held when the service started.
workspace_registry_actor::behavior_type workspace_manager(
  workspace_registry_actor::stateful_pointer<workspace_manager_state> self,
  manager_deps deps, std::vector<record_ptr> stored);

} // namespace berth

BERTH_MESSAGE(berth::retention_over)
