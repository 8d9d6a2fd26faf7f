#pragma once

#include "actors/runtime/runtime_deps.hpp"
#include "core/network/address_pool.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace berth {

using container_launch_actor
  = caf::typed_actor<caf::replies_to<launch>::with<launched>>;

/// One container from its plan to its first instruction; answers and quits.
///
///     user namespace, bundle -> root -> monitor -> link -> sockets -> start
///       -> what of the environment no file may hold
///
/// A step that fails is told to the log in full and to the caller by its name;
/// whatever was made until then is released.
class container_launch_state {
public:
  static inline const char* name = "container_launch";

  container_launch_state() {}

  void take_charge(container_launch_actor::pointer self, runtime_deps deps);
  caf::typed_response_promise<launched> run(const launch&);

private:
  container_spec spec_of_container() const;
  bool awaits_environment() const;
  id_map files() const;
  void keep_cgroups_warm();
  void prepare();
  void join_root();
  void start_monitor(const detached_root&);
  void await_container();
  void settle_monitor();
  void connect();
  void open_service();
  void start();
  void tell_environment();
  void finish();
  void fail(const char* step, const caf::error& why);

  container_launch_actor::pointer self_ = nullptr;
  runtime_deps deps_;
  std::shared_ptr<const container_plan> plan_;
  workspace_subnet subnet_;
  userns userns_;
  bundle bundle_;
  container_ref container_;
  int unprepared_ = 2; ///< of the two things a root needs
  bool failed_ = false;
  caf::typed_response_promise<launched> promise_;
};

container_launch_actor::behavior_type container_launch(
  container_launch_actor::stateful_pointer<container_launch_state> self,
  runtime_deps deps);

} // namespace berth
