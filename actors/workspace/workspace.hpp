#pragma once

#include "actors/content/api.hpp"
#include "actors/images/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/message.hpp"
#include "actors/runtime/api.hpp"
#include "actors/store/api.hpp"
#include "actors/workspace/api.hpp"
#include "actors/workspace/clock.hpp"
#include "actors/workspace/deadlines.hpp"
#include "actors/workspace/secrets_api.hpp"
#include "actors/workspace/steps.hpp"
#include "core/published_records.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace berth {

/// A change of a workspace that is on disk now.
struct record_changed {
  record_ptr record;
};

/// The workspace could not be stored at all: it never was.
struct start_abandoned {
  std::string id;
};

/// Who hears what becomes of a workspace.
using workspace_listener_actor
  = caf::typed_actor<caf::reacts_to<record_changed>,
                     caf::reacts_to<start_abandoned>>;

/// Everybody a workspace talks to.
struct workspace_deps {
  std::shared_ptr<const berth::settings> settings;
  node_clock clock;
  store_actor store;
  content_actor content;
  image_store_actor images;
  runtime_actor runtime;
  maintenance_actor maintenance;
  std::function<secret_keeper_actor()> secrets;
  std::shared_ptr<published_records> published
    = std::make_shared<published_records>();
};

/// What a ghost leaves to the workspace that takes its place: its container,
/// asleep. Its slot and name are in that workspace's record.
struct prepared_container {
  container_kind kind = container_kind::own;
  container_ref container;
  std::string address;
  std::string image_digest;
};

/// Takes a new workspace on: stores it, answers, starts it.
struct begin_start {
  initializer_secrets secrets;
  prepared_container prepared; ///< if its record names a ghost
  answer<start_accepted> to;
};

/// Goes on where an earlier berthd left off.
struct resume_workspace {};

/// To a ghost: its container and slot are another's now, it has stopped.
struct give_way {};

struct progress_told {
  std::string text;
};

/// Only the newest one counts.
struct deadline_check {
  uint64_t number = 0;
};

struct backup_retry {};

/// Why a final backup is not made yet.
struct backup_waits {
  std::string why;
};

/// The snapshot that is being taken can be relied on.
struct snapshot_secured {
  std::string name;
};

struct backup_due {};

struct storage_look {};

struct store_again {};

using workspace_actor = caf::typed_actor<
  caf::reacts_to<begin_start>, caf::reacts_to<resume_workspace>,
  caf::reacts_to<stop_workspace>, caf::reacts_to<mark_active>,
  caf::reacts_to<adjust_workspace>, caf::reacts_to<take_snapshot>,
  caf::reacts_to<backup_workspace>, caf::reacts_to<exec_in_workspace>,
  caf::reacts_to<give_way>,
  // Internal: a line about what is going on, from a pull or a clone.
  caf::reacts_to<progress_told>,
  // Internal: time to see whether a deadline has passed.
  caf::reacts_to<deadline_check>,
  // Internal: the next attempt of a final backup.
  caf::reacts_to<backup_retry>,
  // Internal: the final backup waits for something.
  caf::reacts_to<backup_waits>,
  // Internal: the name of a snapshot may be given out.
  caf::reacts_to<snapshot_secured>,
  // Internal: time for a regular backup.
  caf::reacts_to<backup_due>,
  // Internal: time to see what the content holds.
  caf::reacts_to<storage_look>,
  // Internal: what did not fit on the disk may fit now.
  caf::reacts_to<store_again>>;

/// One workspace from admission to STOPPED. Every change goes through
/// `change`: stored first, told afterwards.
class workspace_state {
public:
  static inline const char* name = "workspace";

  workspace_state() {}

  void take_charge(workspace_actor::pointer self, workspace_deps deps,
                   workspace_listener_actor listener, record_ptr record);

  // -- taking it on (workspace_begin.cpp) --
  void begin(begin_start&);
  void resume();

  // -- start (workspace_start.cpp) --
  void tell_progress(const std::string& text);

  // -- life (workspace.cpp) --
  void stop(const stop_workspace&);
  void run_inside(const exec_in_workspace&);
  void check_deadline(deadline_check);
  void store_newest();

  // -- what clients change (workspace_adjust.cpp) --
  void touch(const mark_active&);
  void adjust(const adjust_workspace&);

  // -- copies while it lives (workspace_save.cpp) --
  void snapshot(const take_snapshot&);
  void back_up_now(const backup_workspace&);
  void give_snapshot_name(const snapshot_secured&);
  void back_up_regularly();

  // -- what it holds (workspace_storage.cpp) --
  void look_at_storage();

  // -- way out (workspace_stop.cpp) --
  void retry_backup();
  void tell_of_backup(const std::string& why);
  void leave_to_another();

private:
  using edit = std::function<void(workspace_record&)>;
  using continuation = std::function<void()>;
  using failure = std::function<void(const caf::error&)>;

  /// Applies `how` to a copy, stores it, then tells everybody, then goes on
  /// once it is durable: an acknowledgement must survive power loss, a phase
  /// on its way need not, its container doesn't either.
  void change(const edit& how, continuation then = nullptr,
              failure otherwise = nullptr);
  /// The same, but `then` is to tell of it.
  void change_silently(const edit& how, continuation then,
                       failure otherwise = nullptr);
  void not_stored(const caf::error& err, const failure& otherwise) const;
  /// What `then` waits for did not fit on the disk: it is tried again.
  void await_space(continuation then);
  /// The same for a caller, who hears that it is stored, or why not.
  void change_for(const answer<done>& to, const edit& how);
  static failure if_not_stored(const answer<done>& to);
  void once_durable(const continuation& then, const failure& otherwise);
  void told(const record_ptr& stored);
  void enter(phase next, workspace_record& record) const;
  wall_time now() const;
  boot_time since_boot() const;
  content_id whose() const;
  bool is_leaving() const;

  void store_start(const answer<start_accepted>& to);
  void abandon_start();
  // -- deadlines (workspace_deadline.cpp) --
  /// Sees to it that the deadline of the record is checked in time.
  void arm_deadline();
  void arm_check(boot_time at);
  void notice_pause();
  void deadline_passed();
  /// Goes on with `then` at once, or not as long as there is maintenance.
  void unless_under_maintenance(continuation then);

  void keep_filled_content();
  void take_steps();
  void begin_step(start_step);
  void resolve_image_step();
  void take_image(stored_image);
  void fill_content_step();
  void launch_step();
  void launch_anew();
  void wake_step();
  void container_is_up(const launched&);
  void step_done(start_step);
  void step_failed(start_step, const caf::error&);
  void now_running(const launched&);
  void watch_end();
  void container_ended(const container_end&);
  void settle_end();
  workspace_class limits() const;
  result<std::shared_ptr<const container_plan>> plan_container() const;

  /// Everything that ends a workspace comes here: `why` fills in the
  /// conditions, the rest is the same for all.
  void leave(const edit& why, continuation then = nullptr,
             failure otherwise = nullptr);
  void take_stop_step();
  void start_step_ended();
  void hurry_stop(const std::string& why);
  void end_container();
  void back_up();
  void backed_up(const content_archived&);
  void backup_failed(const caf::error&);
  void settle_content();
  void release_all();
  void stop_step_done(stop_step);
  void stop_step_failed(stop_step, const caf::error&);

  void begin_snapshot();
  void answer_snapshots(const result<content_archived>&);
  caf::error backup_refusal() const;
  void arm_backup();
  void arm_storage_look();
  void judge_storage(const content_measured&);
  void answer_backups(const result<content_archived>&);
  /// Puts the keys where an sshd inside finds them, as long as one can run.
  void show_ssh_keys(const answer<done>& to);
  void put_newest_ssh_keys();
  void ssh_keys_put(size_t served, const result<done>& outcome);

  workspace_actor::pointer self_ = nullptr;
  workspace_deps deps_;
  workspace_listener_actor listener_;
  record_ptr record_;
  record_ptr stored_; ///< the newest that is on disk
  std::vector<continuation> awaiting_space_;
  uint64_t told_version_ = 0;
  initializer_secrets secrets_;
  prepared_container prepared_;
  stored_image image_;
  std::string content_dir_;
  bool content_in_place_ = false;
  bool place_is_given_ = false; ///< a ghost's, to another workspace

  /// Its passwords are kept and it is on its way to the disk: a stop may go on
  /// and clean up.
  bool is_begun_ = false;
  step_set begun_ = 0;
  step_set done_ = 0;
  step_set under_way_ = 0;
  stop_step stop_at_ = stop_step::let_start_end;
  bool stop_step_under_way_ = false;
  uint32_t backup_attempts_ = 0;
  bool is_taking_snapshot_ = false;
  /// Its name, once it may be given out.
  std::string snapshot_name_;
  std::vector<answer<snapshot_taken>> awaiting_name_;
  std::vector<answer<snapshot_taken>> awaiting_snapshot_;
  std::vector<answer<backup_taken>> awaiting_backup_;
  std::vector<answer<done>> awaiting_ssh_keys_;
  std::optional<container_end> ended_; ///< by itself

  hearing ears_;
  std::optional<boot_time> next_check_;
  boot_time earliest_check_{};
  uint64_t check_number_ = 0;
};

workspace_actor::behavior_type
workspace(workspace_actor::stateful_pointer<workspace_state> self,
          workspace_deps deps, workspace_listener_actor listener,
          record_ptr record);

} // namespace berth

BERTH_MESSAGE(berth::record_changed)
BERTH_MESSAGE(berth::start_abandoned)
BERTH_MESSAGE(berth::begin_start)
BERTH_MESSAGE(berth::resume_workspace)
BERTH_MESSAGE(berth::give_way)
BERTH_MESSAGE(berth::progress_told)
BERTH_MESSAGE(berth::deadline_check)
BERTH_MESSAGE(berth::backup_retry)
BERTH_MESSAGE(berth::backup_waits)
BERTH_MESSAGE(berth::snapshot_secured)
BERTH_MESSAGE(berth::backup_due)
BERTH_MESSAGE(berth::storage_look)
BERTH_MESSAGE(berth::store_again)
