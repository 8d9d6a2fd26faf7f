#pragma once

#include "actors/events/api.hpp"
#include "actors/message.hpp"
#include "actors/process/api.hpp"
#include "actors/resources/api.hpp"
#include "actors/resources/hands.hpp"
#include "core/layout.hpp"
#include "core/metrics/resource_metrics.hpp"
#include "core/resources/connection_rules.hpp"
#include "model/settings.hpp"

#include <caf/actor_clock.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace berth {

struct resource_turn {};

using resources_brain_actor = resources_actor::extend<
  // Internal: the next look at all that are watched.
  caf::reacts_to<resource_turn>>;

struct resources_deps {
  std::shared_ptr<const berth::settings> settings;
  process_actor process; ///< runs nft
  std::filesystem::path nft;
  std::function<resource_hand_actor()> hand;
  std::shared_ptr<resource_metrics> metrics;
};

/// The controllers of the node. What holds all the time (disks, connections) is
/// set when a workspace is first seen; what moves (CPU, priorities) is looked
/// at in turns, for all workspaces at once.
class resources_state {
public:
  static inline const char* name = "resources";

  resources_state() {}

  void take_charge(resources_brain_actor::pointer self, resources_deps deps);
  void see(const record_ptr&);
  void turn();

private:
  struct watched {
    std::string cgroup;
    std::string link;
    int32_t init = 0; ///< of its container
    workspace_class limits;
    std::optional<connection_limit> connections;
    std::vector<priority_order> priorities; ///< those that were set last
    int turns_unchanged = 0;
  };

  using continuation = std::function<void(const result<std::string>& out)>;

  void watch(const workspace_record&);
  void let_go(const workspace_record&);
  bool is_of_use(const watched&) const;
  bool wants_processes(const watched&) const;

  void await_turn();
  void decide(const surveyed&);
  void share_cpus(const surveyed&, std::map<std::string, resource_change>&);
  void prioritize(const finding&, watched&,
                  std::map<std::string, resource_change>&);
  void apply(std::vector<resource_change>);
  void note(const resources_changed&);

  void run_nft(std::vector<std::string> args, std::string input,
               continuation then);
  void forget_former_connections();
  void limit_connections_of(const watched&);
  void count_drops();

  resources_brain_actor::pointer self_ = nullptr;
  resources_deps deps_;
  std::string key_;
  std::map<std::string, watched> watched_;
  std::set<std::string> lifted_; ///< stopping, their disks are free already
  std::unique_ptr<cpu_distribution> cpus_;
  caf::actor_clock::time_point last_turn_;
  bool turns_ = false;     ///< the next turn is under way
  bool may_limit_ = false; ///< limits of a former berthd are gone
};

resources_brain_actor::behavior_type
resources(resources_brain_actor::stateful_pointer<resources_state> self,
          resources_deps deps);

/// Passes on what the event bus tells.
std::shared_ptr<status_listener> resources_listener(resources_actor to);

} // namespace berth

BERTH_MESSAGE(berth::resource_turn)
