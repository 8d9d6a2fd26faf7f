#pragma once

#include "actors/events/event_bus.hpp"
#include "actors/workspace/workspace_manager.hpp"
#include "test/support/fake_node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace berth::test {

/// A subscriber that keeps what it is offered.
struct listening : status_listener {
  std::vector<record_ptr> heard;
  bool offer(const record_ptr& record) override {
    heard.push_back(record);
    return true;
  }
  /// The phases of `id` as they were told, each once.
  std::vector<phase> phases_of(const std::string& id) const;
};

/// A manager over fakes: the whole life of workspaces on a clock moved by hand.
struct workspace_fixture : deterministic_system {
  workspace_fixture();

  /// Starts the service over what `is->disk` holds, as after a crash.
  void open();

  /// Somebody sets the system's time; nothing else changes.
  void jump(duration by) { *wall += by; }
  /// The machine sleeps: only the clock that counts this goes on.
  void suspend(duration by);
  /// The machine starts anew: all clocks but the wall's begin again.
  void reboot();

  static workspace_spec spec_of(const std::string& id);

  result<start_accepted> start(const workspace_spec&,
                               const initializer_secrets& = {});
  result<done> stop(const std::string& id, stop_policy = stop_policy::normally);
  result<done> mark(const std::string& id, bool closed = false,
                    bool ignore_if_active = false);
  result<done> adjust(const std::string& id, const adjustment&);
  result<snapshot_taken> take(const std::string& id,
                              bool return_immediately = false);
  result<backup_taken> back_up(const std::string& id);
  result<record_ptr> describe(const std::string& id);
  std::vector<record_ptr> list(const metadata_filter& = {});
  phase phase_of(const std::string& id);

  /// The container of `id` ends by itself.
  void end_container(const std::string& id, container_end);

  std::shared_ptr<settings> conf = std::make_shared<settings>();
  script_ptr is = std::make_shared<script>();
  std::shared_ptr<listening> watcher;
  event_bus_actor bus;
  std::shared_ptr<published_records> published;
  std::shared_ptr<instance_ids> ids;
  store_actor store;
  content_actor content;
  disk_guard_actor disk;
  workspace_manager_actor manager;

protected:
  /// What the wall's clock shows.
  wall_time now() { return *wall + sched.clock().now().time_since_epoch(); }

private:
  // What the clocks show beyond what a test let pass.
  std::shared_ptr<wall_time> wall
    = std::make_shared<wall_time>(std::chrono::seconds{1'700'000'000});
  std::shared_ptr<boot_time> booted = std::make_shared<boot_time>();
  int boots = 1;

  template <class T, class Request>
  result<T> tell(Request request) {
    auto outcome = std::make_shared<std::optional<result<T>>>();
    request.to = answer<T>{[outcome](result<T> it) { *outcome = it; }};
    caf::anon_send(manager, std::move(request));
    settle();
    if (!*outcome)
      return make_error(ec::timeout, "no answer");
    return **outcome;
  }
};

/// One whose manager is open from the start.
struct open_node : workspace_fixture {
  open_node() { open(); }
};

} // namespace berth::test
