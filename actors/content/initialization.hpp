#pragma once

#include "actors/content/deps.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>

namespace berth {

/// One initialization from the first look at the disk to the content under its
/// name; answers and quits. Cancelled, it leaves nothing.
using initialization_actor = caf::typed_actor<
  caf::replies_to<initialize_content>::with<content_initialized>,
  caf::reacts_to<cancel_content>>;

class initialization_state {
public:
  static inline const char* name = "initialization";

  initialization_state() {}

  void take_charge(initialization_actor::pointer self, content_deps deps);
  caf::typed_response_promise<content_initialized>
  begin(const initialize_content&);
  void cancel();

private:
  void look();
  void judge(const found_content&);
  void set_unfinished_aside();
  void clear_staging();
  void move_to_place();
  void find_sources();
  void fill(const content_sources&);
  void make_staging(const content_sources&);
  void find_mirrors(const content_sources&);
  void leave_mirrors(bool broken, bool refresh);
  void run_worker(const content_sources&);
  void keep_pieces(const std::string& backup, const worker_outcome&);
  void filled(const worker_outcome&, bool restored);
  void place();
  void fail(const caf::error&);
  void finish();
  bool stopped();

  std::string staging() const;
  std::string live() const;

  initialization_actor::pointer self_ = nullptr;
  content_deps deps_;
  initialize_content what_;
  content_initialized outcome_;
  job_actor job_;
  held_mirrors mirrors_; ///< until the job is over
  caf::typed_response_promise<content_initialized> promise_;
  bool cancelled_ = false;
  bool is_restored_ = false; ///< from archives
};

initialization_actor::behavior_type initialization(
  initialization_actor::stateful_pointer<initialization_state> self,
  content_deps deps);

} // namespace berth
