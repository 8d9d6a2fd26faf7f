#pragma once

#include "actors/disk/api.hpp"
#include "actors/events/api.hpp"
#include "actors/message.hpp"
#include "actors/sessions/content_session.hpp"
#include "core/instance_ids.hpp"
#include "core/metrics/housekeeping.hpp"
#include "core/published_records.hpp"
#include "core/slots.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// Where the registry finds everybody, and how it gets a session actor.
struct sessions_deps {
  session_deps session;
  workspace_manager_actor manager;
  event_bus_actor bus;
  disk_guard_actor disk;
  std::shared_ptr<const published_records> published;
  /// Those of stored sessions are claimed by whoever makes the registry: a
  /// sweep of the manager must find them.
  std::shared_ptr<instance_ids> ids;
  std::shared_ptr<housekeeping> gauges; ///< may be null
};

/// Whether the manager serves: what nobody owns is swept away by then.
struct recovery_told {
  bool is_over = false;
};

struct ask_for_recovery {};

/// The registry as its own family sees it.
using session_registry_actor = content_sessions_actor::extend<
  caf::reacts_to<session_changed>, caf::reacts_to<session_gone>,
  // Internal: what the manager says, and time to ask it again.
  caf::reacts_to<recovery_told>, caf::reacts_to<ask_for_recovery>>;

class content_sessions_state {
public:
  static inline const char* name = "content_sessions";

  content_sessions_state() {}

  void open(session_registry_actor::pointer self, sessions_deps deps,
            const std::vector<session_ptr>& stored);

  void init(const init_session&);
  void take_in(const init_session&);
  void await(const await_session&);
  void find(const find_session&);
  void snapshot(const snapshot_session&);
  void back_up(const backup_session&);
  void dispose(const dispose_session&);
  void changed(const session_changed&);
  void drop(const std::string& id);
  void ask_manager();
  void learn(recovery_told);

  template <class Request>
  bool is_open(const Request& request) const {
    if (!is_open_)
      request.to.refuse(ec::unavailable, "recovering; try again in a moment");
    return is_open_;
  }

private:
  struct entry {
    content_session_actor actor;
    session_ptr record; ///< as it is stored; null before it is
    uint32_t slot = 0;
    /// An earlier berthd left no more than remains, which are being removed.
    bool is_remains = false;
    std::vector<init_session> successors; ///< wait for that
  };

  void resume(const session_ptr&);
  void count() const;
  void warn_of_others(const session_record&) const;
  /// A session actor that died is replaced, from what is on disk.
  void rescue(const caf::exit_msg&);
  content_session_actor spawn_session(session_ptr, uint32_t slot);
  /// The live workspace of that id; null if there is none.
  record_ptr workspace_of(const std::string& id) const;

  /// Hands `request` to its session; false if there is none.
  template <class Request>
  bool pass_on(const Request& request) {
    auto found = entries_.find(request.id);
    if (found == entries_.end())
      return false;
    self_->send(found->second.actor, request);
    return true;
  }

  session_registry_actor::pointer self_ = nullptr;
  sessions_deps deps_;
  std::map<std::string, entry> entries_;
  slot_pool slots_;
  bool is_open_ = false;
};

/// `stored` is what the database held when the service started.
session_registry_actor::behavior_type content_sessions(
  session_registry_actor::stateful_pointer<content_sessions_state> self,
  sessions_deps deps, std::vector<session_ptr> stored);

} // namespace berth

BERTH_MESSAGE(berth::recovery_told)
BERTH_MESSAGE(berth::ask_for_recovery)
