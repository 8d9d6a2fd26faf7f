#pragma once

#include "actors/content/api.hpp"
#include "actors/disk/api.hpp"
#include "actors/events/api.hpp"
#include "actors/images/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/message.hpp"
#include "actors/runtime/api.hpp"
#include "actors/store/api.hpp"
#include "actors/workspace/secrets_api.hpp"
#include "test/support/deterministic_system.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth::test {

/// Answered when the gate of that name is open.
struct pass_gate {
  std::string name;
};

struct open_gate {
  std::string name;
};

/// Where held jobs wait: a promise is kept in the context of its actor.
using gate_actor = caf::typed_actor<caf::replies_to<pass_gate>::with<done>,
                                    caf::reacts_to<open_gate>>;

gate_actor::behavior_type gate(gate_actor::pointer);

/// What the fakes of a node were asked, and what they shall answer. A step
/// named in `hold` is not answered until `let_go`; one named in `fail` is
/// refused with that text.
struct script {
  std::vector<std::string> log; ///< "launch w1", "archive w1", ...
  std::map<std::string, std::string> fail;
  std::map<std::string, ec> fail_code; ///< of a refusal, if not `internal`
  std::map<std::string, bool> hold;
  std::map<std::string, record_ptr> disk;      ///< what the store holds
  std::map<std::string, session_ptr> sessions; ///< that it holds
  std::vector<record_ptr> history;             ///< every record that was stored
  std::map<std::string, container_end> ends;   ///< of containers, by instance
  std::vector<initialize_content> fills;       ///< as they were asked for
  std::vector<archive_content> archives;
  std::string image_label; ///< berth.container, of every image
  std::map<std::string, container_kind> kinds; ///< what was launched
  std::optional<git_status> repo; ///< what is found in every content
  bool maintenance = false;       ///< the node is under it
  uint64_t content_bytes = 0;     ///< what every content holds
  bool is_limited = false;        ///< by the file system
  gate_actor waiting;

  /// How often `entry` stands in the log.
  size_t count(const std::string& entry) const;
  /// Answers everything held under `step`, now and from now on.
  void let_go(const std::string& step);
};

using script_ptr = std::shared_ptr<script>;

/// Records a fake's job, then answers, refuses or holds it as the script says.
template <class T, class Self>
caf::typed_response_promise<T> play(Self self, const script_ptr& is,
                                    const std::string& step,
                                    const std::string& id, T reply) {
  is->log.push_back(step + " " + id);
  auto promise = self->template make_response_promise<T>();
  auto answer = [=, reply = std::move(reply)]() mutable {
    auto refused = is->fail.find(step);
    if (refused == is->fail.end())
      promise.deliver(std::move(reply));
    else
      promise.deliver(make_error(
        is->fail_code.contains(step) ? is->fail_code[step] : ec::internal,
        refused->second));
  };
  if (is->hold[step])
    self->request(is->waiting, caf::infinite, pass_gate{step})
      .then([answer](const done&) mutable { answer(); });
  else
    answer();
  return promise;
}

store_actor::behavior_type fake_store(store_actor::pointer, script_ptr);
content_actor::behavior_type fake_content(content_actor::pointer, script_ptr);
disk_guard_actor::behavior_type fake_disk(disk_guard_actor::pointer,
                                          script_ptr);
image_store_actor::behavior_type fake_images(image_store_actor::pointer,
                                             script_ptr);
runtime_actor::behavior_type fake_runtime(runtime_actor::pointer, script_ptr);
secret_keeper_actor::behavior_type fake_secrets(secret_keeper_actor::pointer,
                                                script_ptr);
maintenance_actor::behavior_type fake_maintenance(maintenance_actor::pointer,
                                                  script_ptr);

} // namespace berth::test

BERTH_MESSAGE(berth::test::pass_gate)
BERTH_MESSAGE(berth::test::open_gate)
