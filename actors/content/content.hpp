#pragma once

#include "actors/content/deps.hpp"
#include "actors/content/initialization.hpp"
#include "actors/content/snapshot.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace berth {

/// What the content actor hears besides, from the archives it looks after.
using content_brain_actor
  = content_actor::extend<caf::reacts_to<archive_told>,
                          caf::reacts_to<archive_ended>>;

/// So many archives are written at once on a node: more only share the disk.
inline constexpr size_t concurrent_archives = 5;

class content_state {
public:
  static inline const char* name = "content";

  content_state() {}

  void take_charge(content_brain_actor::pointer self, content_deps deps,
                   std::vector<archive_record> begun);

  caf::typed_response_promise<content_initialized>
  initialize(const initialize_content&);
  void cancel(const std::string& instance);
  // -- archives (content_archives.cpp) --
  caf::typed_response_promise<content_archived> archive(const archive_content&);
  void archive_moved(const archive_told&);
  void archive_over(const std::string& id, const result<content_archived>&);
  void hear_exit(const caf::exit_msg&);

  caf::typed_response_promise<content_surveyed> survey(const survey_content&);
  caf::typed_response_promise<done> discard(const std::string& instance);
  caf::typed_response_promise<done> quarantine(const quarantine_content&);
  caf::typed_response_promise<content_measured>
  measure(const std::string& instance);
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

  /// A backup or snapshot that somebody asked for.
  struct archiving {
    archive_record record;
    /// It could run but for others.
    std::optional<caf::actor_clock::time_point> since;
    bool is_resumed = false;
    bool is_begun = false; ///< what is written now is not in it
    bool is_secured = false;
    bool is_in_queue = false; ///< holds its instance's queue
    bool is_counted = false;  ///< among those at work at once
    snapshot_actor actor;     ///< once it runs
    std::vector<caf::typed_response_promise<content_archived>> waiting;
    std::vector<std::function<void(const std::string&)>> on_secured, on_waiting;
  };
  using archiving_ptr = std::shared_ptr<archiving>;

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
  void
  go_on_with_archives(const std::function<bool(const archive_record&)>& which);
  archive_record record_of(const archive_content&);
  archiving_ptr find_to_join(const archive_content&) const;
  void enqueue_archive(const archiving_ptr&);
  bool may_run(const archiving&) const;
  void run_archive(const archiving_ptr&);
  void run_waiting_archives();
  void leave_queue(archiving&);
  void thaw_writers_of(const archiving&);
  void run_sweep(const content_listing&, const std::shared_ptr<sweeping>&);
  void swept(const std::shared_ptr<sweeping>&);
  set_aside into_quarantine(const content_id& whose,
                            const std::string& why) const;

  content_brain_actor::pointer self_ = nullptr;
  content_deps deps_;
  std::map<std::string, std::deque<step>> queues_; ///< the first one is running
  std::multimap<std::string, std::shared_ptr<starting>> starting_;
  /// Filled since we began: who asks for a sweep may not know of them yet.
  std::set<std::string> fresh_;
  std::map<std::string, archiving_ptr> archives_; ///< by the id of the record
  std::deque<archiving_ptr> waiting_archives_;
  std::vector<archive_record> begun_; ///< by an earlier berthd
  int64_t last_created_ns_ = 0;
};

/// `begun`: the archives that the store knows of.
content_brain_actor::behavior_type
content(content_brain_actor::stateful_pointer<content_state> self,
        content_deps deps, std::vector<archive_record> begun);

} // namespace berth
