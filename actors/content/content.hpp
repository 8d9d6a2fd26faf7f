#pragma once

#include "actors/content/deps.hpp"
#include "actors/content/initialization.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>

namespace berth {

/// So many archives are written at once on a node: more only share the disk.
inline constexpr size_t concurrent_archives = 5;

class content_state {
public:
  static inline const char* name = "content";

  content_state() {}

  void take_charge(content_actor::pointer self, content_deps deps);

  caf::typed_response_promise<content_initialized>
  initialize(const initialize_content&);
  void cancel(const std::string& instance);
  caf::typed_response_promise<content_archived> archive(const archive_content&);
  caf::typed_response_promise<content_surveyed> survey(const survey_content&);
  caf::typed_response_promise<done> discard(const std::string& instance);
  caf::typed_response_promise<done> quarantine(const quarantine_content&);
  caf::typed_response_promise<done> sweep(const sweep_content&);

private:
  using step = std::function<void()>;
  /// Hears the first error, or none.
  using ending = std::function<void(const caf::error&)>;
  using disk_job = std::variant<remove_tree, take_away, set_aside>;
  using disk_jobs = std::deque<disk_job>;

  /// An initialization in the queue, or under way once `actor` is set.
  struct starting {
    initialization_actor actor;
    bool cancelled = false;
  };

  /// A sweep ends when the last of its removals has.
  struct sweeping {
    std::set<std::string> known;
    size_t under_way = 1; ///< the sweep itself
    caf::typed_response_promise<done> promise;
  };

  /// Runs `begin` when everything before it on `instance` has ended; somebody
  /// then calls `ended`.
  void enqueue(const std::string& instance, step begin);
  void ended(const std::string& instance);
  void run_alone(const std::string& instance, disk_jobs, ending then);
  void run_in_order(disk_jobs, ending then);

  void run_initialization(const initialize_content&,
                          const std::shared_ptr<starting>&,
                          caf::typed_response_promise<content_initialized>);
  void initialization_ended(const std::string& instance,
                            const std::shared_ptr<starting>&);
  void run_archival(const archive_content&,
                    caf::typed_response_promise<content_archived>);
  void archival_ended(const std::string& instance);
  void run_sweep(const content_listing&, const std::shared_ptr<sweeping>&);
  void swept(const std::shared_ptr<sweeping>&);
  set_aside into_quarantine(const std::string& instance,
                            const std::string& why) const;

  content_actor::pointer self_ = nullptr;
  content_deps deps_;
  std::map<std::string, std::deque<step>> queues_; ///< the first one is running
  std::multimap<std::string, std::shared_ptr<starting>> starting_;
  /// Filled since we began: who asks for a sweep may not know of them yet.
  std::set<std::string> fresh_;
  size_t archives_ = 0;
  std::deque<step> waiting_archives_;
};

content_actor::behavior_type
content(content_actor::stateful_pointer<content_state> self, content_deps deps);

} // namespace berth
