#pragma once

#include "actors/content/deps.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace berth {

struct next_attempt {};

/// One backup or snapshot: logs of tasks if there are any, archive, check by a
/// second worker, publish; a few attempts, each from the start. Answers and
/// quits.
using archival_actor
  = caf::typed_actor<caf::replies_to<archive_content>::with<content_archived>,
                     // Internal: the pause after a failed attempt is over.
                     caf::reacts_to<next_attempt>>;

/// How often the logs of a prebuild are tried, with pauses like an archive.
inline constexpr uint32_t log_attempts = 5;

/// How often an archive is tried, and the pause after the first failure, which
/// doubles with each.
inline constexpr uint32_t archive_attempts = 3;
inline constexpr auto archive_pause = std::chrono::seconds{1};

class archival_state {
public:
  static inline const char* name = "archival";

  archival_state() {}

  void take_charge(archival_actor::pointer self, content_deps deps);
  caf::typed_response_promise<content_archived> begin(const archive_content&);
  void attempt();

private:
  void store_task_logs();
  void write_archive();
  void written(const worker_outcome&);
  void check_archive();
  void checked(const worker_outcome&);
  void publish();
  void failed(const caf::error&);
  void finish(result<content_archived>);
  std::chrono::nanoseconds attempt_limit() const;

  archival_actor::pointer self_ = nullptr;
  content_deps deps_;
  archive_content what_;
  std::shared_ptr<const staged_object> staged_;
  archive_outcome archive_;
  uint32_t log_attempts_ = 0;
  uint32_t attempts_ = 0;
  bool logs_are_due_ = false;
  caf::typed_response_promise<content_archived> promise_;
};

archival_actor::behavior_type
archival(archival_actor::stateful_pointer<archival_state> self,
         content_deps deps);

} // namespace berth

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::next_attempt)
