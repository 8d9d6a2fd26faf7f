#pragma once

#include "actors/content/snapshot.hpp"

namespace berth {

/// How long a worker may look at a repository; it gives up before.
inline constexpr auto survey_limit = std::chrono::minutes{1};

/// One last look: logs of tasks, tried as often as before an archive, and the
/// git status. Answers and quits; neither can fail it.
using survey_actor
  = caf::typed_actor<caf::replies_to<survey_content>::with<content_surveyed>,
                     // Internal: the pause after a failed attempt is over.
                     caf::reacts_to<next_attempt>>;

class survey_state {
public:
  static inline const char* name = "survey";

  survey_state() {}

  void take_charge(survey_actor::pointer self, content_deps deps);
  caf::typed_response_promise<content_surveyed> begin(const survey_content&);
  void store_task_logs();

private:
  void look_at_repository();
  void finish(std::optional<git_status> repo);

  survey_actor::pointer self_ = nullptr;
  content_deps deps_;
  survey_content what_;
  uint32_t log_attempts_ = 0;
  caf::typed_response_promise<content_surveyed> promise_;
};

survey_actor::behavior_type
survey(survey_actor::stateful_pointer<survey_state> self, content_deps deps);

} // namespace berth
