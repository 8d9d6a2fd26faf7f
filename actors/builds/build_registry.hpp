#pragma once

#include "actors/builds/build_caches.hpp"
#include "actors/builds/build_decision.hpp"
#include "actors/builds/registry_brain.hpp"
#include "core/builds/build_log.hpp"
#include "core/slots.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace berth {

class build_registry_state {
public:
  static inline const char* name = "build_registry";

  build_registry_state() {}

  void take_charge(build_registry_brain::pointer self, build_deps deps,
                   std::vector<build_record> stored);

  void start(const start_build&);
  build_list list() const;
  void read_log(const read_build_log&);
  void changed(const build_record&);
  caf::typed_response_promise<done> ended(const build_ended&);
  void forget(const std::string& id);
  caf::typed_response_promise<done> trim_caches();
  void hear_exit(const caf::exit_msg&);

private:
  using step = std::function<void()>;

  struct entry {
    build_record record;
    build_actor actor; ///< null if an earlier berthd made it
    bool is_running = false;
    bool has_ended = false;     ///< as its actor said, whatever is on its way
    bool keeps_secrets = false; ///< beside the database, until it is done
    uint32_t slot = 0;
    std::vector<build_listener> listeners;
    /// As an earlier berthd kept it; null until somebody asks.
    std::shared_ptr<const log_ring> kept_log;
  };

  // -- what an earlier berthd left (build_recovery.cpp) --
  void recover(std::vector<build_record> stored);
  void take_over(build_record);
  void drop_broken(std::vector<std::string> caches);
  void sweep_secrets_of_others();
  /// Something that must be over before anything is built.
  template <class Reply, class Handle, class Message>
  void chore(
    const Handle& whom, Message what, const std::string& whose,
    std::function<void(Reply&)> then = [](Reply&) {});
  void chore_over();
  void resume(const std::string& id);
  void give_up(const std::string& id, const std::string& why);

  void decided(const build_request&, const build_listener&,
               const build_decided&);
  void accept(build_request, const build_listener&, const build_decided&,
              std::string join_key);
  /// A build from its acceptance on, or from where a restart took it up.
  void begin(build_record, build_request);
  void store_accepted(const build_record&);
  bool is_over(const std::string& id) const;
  entry* find_to_join(const std::string& join_key);
  entry* find_for_log(const read_build_log&);
  void load_log(const read_build_log&, const std::string& id);
  void run_waiting();
  /// Its slot and its cache are the next one's.
  void release(entry&, cache_contents, bool spoilt_cache, const step& then);
  void note_done(const std::string& id);
  void forget_most();

  build_registry_brain::pointer self_ = nullptr;
  build_deps deps_;
  std::map<std::string, entry> builds_;
  std::deque<std::string> waiting_; ///< for a slot, or for their cache
  std::deque<std::string> done_;    ///< oldest first
  slot_pool slots_;
  build_caches caches_;
  size_t chores_ = 1;      ///< 0: nothing of an earlier berthd is in the way
  std::deque<step> early_; ///< what was asked before
  std::vector<std::string> interrupted_;                ///< builds
  std::map<std::string, initializer_secrets> recalled_; ///< as they were kept
};

/// `stored`: what the store knows. Builds that were under way begin again.
build_registry_brain::behavior_type build_registry(
  build_registry_brain::stateful_pointer<build_registry_state> self,
  build_deps deps, std::vector<build_record> stored);

} // namespace berth
