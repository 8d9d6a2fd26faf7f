#pragma once

#include "actors/process/api.hpp"
#include "actors/runtime/forwarding_worker.hpp"
#include "actors/runtime/network_api.hpp"
#include "core/network/ruleset.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace berth {

struct network_deps {
  process_actor process;
  std::function<forwarding_actor()> forwarding;
  std::filesystem::path nft;
  ruleset_plan rules;
};

/// Speaks to nft(8). Whether forwarding was off before the first instance came
/// is kept in the table itself, so that the last one to go knows it.
class network_state {
public:
  static inline const char* name = "network";

  network_state() {}

  void take_charge(network_actor::pointer self, network_deps deps);
  caf::typed_response_promise<done> set_up();
  caf::typed_response_promise<done> tear_down();

private:
  using promise = caf::typed_response_promise<done>;
  using continuation = std::function<void(const std::string& out)>;

  /// Runs nft; a refusal of it is `to`'s.
  void run(std::vector<std::string> args, std::string input, promise to,
           continuation then);
  void list_table(const promise& to, continuation then);
  void remove_limits(const std::string& listing, promise to);
  void remove_table(const table_state& found, promise to);

  network_actor::pointer self_ = nullptr;
  network_deps deps_;
};

network_actor::behavior_type
network(network_actor::stateful_pointer<network_state> self, network_deps deps);

/// The network with its real hands. `sys` must outlive it.
network_actor spawn_network_actor(caf::actor_system& sys, const settings& all,
                                  process_actor process);

} // namespace berth
