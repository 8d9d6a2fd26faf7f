#pragma once

#include "actors/iws/service_hands.hpp"
#include "actors/message.hpp"
#include "actors/store/service_api.hpp"
#include "core/layout.hpp"
#include "model/service_record.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// What every service works with.
struct service_deps {
  std::shared_ptr<const berth::settings> settings;
  service_store_actor store;
  iws_hands hands;
  std::function<mount_count_actor()> mounts;
  std::function<boot_time()> since_boot;

  layout where() const { return layout{*settings}; }
};

/// What is remembered of a service now.
struct service_changed {
  service_ptr service;
};

using service_listener_actor
  = caf::typed_actor<caf::reacts_to<service_changed>>;

/// Quits when nothing is under way, which is the answer.
struct stop_serving {};

/// The turn of a call that had to wait for its limit.
struct turn_came {
  uint64_t number = 0;
};

struct usage_due {};

/// A service as its own family sees it.
using service_brain_actor
  = workspace_service_actor::extend<caf::replies_to<stop_serving>::with<done>,
                                    // Internal: what waited for a time.
                                    caf::reacts_to<turn_came>,
                                    caf::reacts_to<usage_due>>;

/// What one container asks of the node, one thing after the other.
class workspace_service_state {
public:
  static inline const char* name = "workspace_service";

  workspace_service_state() {}

  void take_charge(service_brain_actor::pointer self, service_deps deps,
                   service_listener_actor listener, const service_record&);

  // -- calls (service_calls.cpp) --
  void prepare(const prepare_for_userns&);
  void map(const write_id_mapping&);
  void evacuate(const evacuate_cgroup&);
  void join(const set_up_pair_veths&);
  void tear(const tear_down&);
  void wipe(const tear_down_wiping&);

  // -- mounts (service_mounts.cpp) --
  void mount(const mount_nested&);
  void unmount(const unmount_nested&);

  // -- usage (service_usage.cpp) --
  void tell_usage(const get_workspace_usage&);
  void sample_usage();

  // -- turns (workspace_service.cpp) --
  void take_turn(turn_came);
  caf::typed_response_promise<done> stop();

private:
  using job = std::function<void()>;
  using failure = std::function<void(const caf::error&)>;

  /// A call whose turn has not come.
  struct call {
    std::function<bool()> is_over; ///< its caller has gone
    failure refuse;
    job run; ///< leads to `settle`
  };

  /// Lets a call of `method` pass as its limit says, then queues it.
  template <class T>
  void admit(const char* method, const answer<T>& to, job run) {
    admit_call(method, {[to] { return to.is_settled(); },
                        [to](const caf::error& why) { to.refuse(why); },
                        std::move(run)});
  }

  /// Ends the call that is under way.
  template <class T>
  void settle(const answer<T>& to, result<T> outcome) {
    to.settle(std::move(outcome));
    next();
  }

  /// How a call ends that fails: the caller hears `told`, with a code that it
  /// can do something about, and the log hears why.
  template <class T>
  failure ends(const answer<T>& to, const char* told) {
    return [this, to, told](const caf::error& why) {
      settle<T>(to, told_as(told, why));
    };
  }

  /// The same where no process could be pinned: of processes the caller learns
  /// nothing but that they are not its own.
  template <class T>
  failure unpinned(const answer<T>& to, const char* told) {
    return [this, to, told](const caf::error& why) {
      if (code_of(why) != ec::invalid_argument)
        return settle<T>(to, told_as(told, why));
      settle<T>(to, make_error(ec::invalid_argument, "cannot find PID"));
    };
  }

  /// The same for a call that goes into file systems of the workspace, which
  /// may never let it go.
  template <class T>
  failure ends_inside(const answer<T>& to, const char* told) {
    return [this, end = ends(to, told)](const caf::error& why) {
      if (code_of(why) == ec::timeout)
        ++lost_calls_;
      end(why);
    };
  }

  void admit_call(const char* method, call);
  void enqueue(call);
  void next();
  void leave();
  caf::error told_as(const char* told, const caf::error& why) const;
  /// Goes on with the process that the container calls `pid`.
  void pin(int64_t pid, std::function<void(const pinned&)> then,
           const failure& otherwise);
  /// Goes on once the record, as it is now, is stored.
  void save(job then, const failure& otherwise);

  void prepare_now(const answer<done>&);
  void divide_cgroup(const answer<done>&);
  void take_back_mark(const answer<done>&, const caf::error& why);
  void evacuate_now(const answer<done>&);
  void map_now(const write_id_mapping&);
  /// Goes on with process `pid` if its file systems can be trusted to answer.
  void go_inside(int64_t pid, const char* cannot, const answer<done>&,
                 std::function<void(const pinned&)> then);
  void mount_now(const mount_nested&);
  void mount_at(const mount_nested&, const pinned&);
  void note_mount(const mount_nested&, const pinned&);
  void join_now(const set_up_pair_veths&);
  void remove_mark_for(const answer<torn_down>&, bool even_if_busy);

  bool has_room(nested_fs) const;
  /// Goes on if there may be one mount more.
  void if_room(nested_fs, job then, const failure& otherwise);

  void take_sample(const usage_sample&);
  void usage_unknown(const caf::error& why);

  workspace_container container() const;

  service_brain_actor::pointer self_ = nullptr;
  service_deps deps_;
  service_listener_actor listener_;
  service_record record_;

  std::deque<call> queue_;
  std::map<uint64_t, call> waiting_; ///< for a token, by number
  uint64_t last_number_ = 0;
  bool is_busy_ = false;
  bool is_over_ = false;
  unsigned lost_calls_ = 0;
  std::vector<caf::typed_response_promise<done>> awaiting_stop_;

  std::optional<usage_sample> last_sample_;
  std::optional<workspace_usage> usage_;
  std::vector<answer<workspace_usage>> awaiting_usage_;
  caf::actor_clock::time_point usage_asked_;
  bool is_sampling_ = false;
};

service_brain_actor::behavior_type workspace_service(
  service_brain_actor::stateful_pointer<workspace_service_state> self,
  service_deps deps, service_listener_actor listener, service_record record);

} // namespace berth

BERTH_MESSAGE(berth::service_changed)
BERTH_MESSAGE(berth::stop_serving)
BERTH_MESSAGE(berth::turn_came)
BERTH_MESSAGE(berth::usage_due)
