#pragma once

#include "actors/builds/build.hpp"
#include "actors/builds/build_decision.hpp"
#include "core/slots.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace berth {

/// A build that has been done for long.
struct build_outdated {
  std::string id;
};

/// The registry as its own family sees it.
using build_registry_brain
  = build_registry_actor::extend<caf::reacts_to<build_changed>,
                                 caf::reacts_to<build_ended>,
                                 // Internal: nobody will ask for it any more.
                                 caf::reacts_to<build_outdated>>;

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
  void ended(const build_ended&);
  void forget(const std::string& id);
  void hear_exit(const caf::exit_msg&);

private:
  struct entry {
    build_record record;
    build_actor actor;    ///< null if an earlier berthd made it
    std::string join_key; ///< who asks for the same joins it
    bool is_running = false;
    uint32_t slot = 0;
    std::vector<build_listener> listeners;
  };

  void clear_leftovers(std::vector<build_record> stored);
  void became_ready();
  void decided(const build_request&, const build_listener&,
               const build_decided&);
  void accept(build_request, const build_listener&, const build_decided&,
              std::string join_key);
  entry* find_to_join(const std::string& join_key);
  const entry* find_for_log(const read_build_log&) const;
  void run_waiting();
  void forget_most();
  void drop_cache(const std::string& key);

  build_registry_brain::pointer self_ = nullptr;
  build_deps deps_;
  std::map<std::string, entry> builds_;
  std::deque<std::string> waiting_; ///< for a slot, or for their cache
  std::deque<std::string> done_;    ///< oldest first
  slot_pool slots_;
  std::set<std::string> used_caches_;
  /// What caches hold of images from elsewhere.
  std::map<std::string, std::set<std::string>> cached_bases_;
  bool is_ready_ = false; ///< nothing of an earlier berthd is left
  std::vector<start_build> early_;
};

/// `stored`: what the store knows. Builds that were under way have failed.
build_registry_brain::behavior_type build_registry(
  build_registry_brain::stateful_pointer<build_registry_state> self,
  build_deps deps, std::vector<build_record> stored);

} // namespace berth

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::build_outdated)
