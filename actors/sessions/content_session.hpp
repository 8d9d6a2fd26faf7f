#pragma once

#include "actors/message.hpp"
#include "actors/sessions/api.hpp"
#include "actors/store/api.hpp"
#include "core/metrics/content_metrics.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// Everybody a session talks to.
struct session_deps {
  std::shared_ptr<const berth::settings> settings;
  store_actor store;
  content_actor content;
  std::function<wall_time()> now;
  std::shared_ptr<content_metrics> metrics
    = std::make_shared<content_metrics>();
};

/// What is stored of a session now.
struct session_changed {
  session_ptr session;
};

/// It is stored nowhere any more; it stays to refuse until it is dismissed.
struct session_gone {
  std::string id;
};

using session_listener_actor = caf::typed_actor<caf::reacts_to<session_changed>,
                                                caf::reacts_to<session_gone>>;

/// Goes on where an earlier berthd left off.
struct resume_session {};

/// Nobody will ask a session that is gone any more: its name is free.
struct dismiss_session {};

/// Internal: is more there than was asked for?
struct session_storage_look {};

using content_session_actor = caf::typed_actor<
  caf::reacts_to<init_session>, caf::reacts_to<await_session>,
  caf::reacts_to<snapshot_session>, caf::reacts_to<backup_session>,
  caf::reacts_to<dispose_session>, caf::reacts_to<resume_session>,
  caf::reacts_to<dismiss_session>, caf::reacts_to<session_storage_look>>;

/// One session from its first record to its last. Every change is durable
/// before anything follows from it.
class content_session_state {
public:
  static inline const char* name = "content_session";

  content_session_state() {}

  void take_charge(content_session_actor::pointer self, session_deps deps,
                   session_listener_actor listener, session_ptr record,
                   uint32_t slot);

  // -- beginning (content_session.cpp) --
  void begin(const init_session&);
  void resume();
  void await(const await_session&);

  // -- copies (content_session.cpp) --
  void snapshot(const snapshot_session&);
  void back_up(const backup_session&);

  // -- what it holds (session_storage.cpp) --
  void look_at_storage();

  // -- end (session_disposal.cpp) --
  void dispose(const dispose_session&);
  void take_leave();

private:
  using edit = std::function<void(session_record&)>;
  using continuation = std::function<void()>;
  using failure = std::function<void(const caf::error&)>;

  /// Applies `how` to a copy, stores it durably, tells the listener, goes on.
  void change(const edit& how, continuation then, failure otherwise);
  /// Goes on once nothing of the session is stored.
  void forget(continuation then, failure otherwise);
  template <class Message>
  void store(Message what, continuation then, failure otherwise);

  void fill(initialize_content);
  void became_ready();
  void not_filled(const caf::error& why);
  void undo_start(const caf::error& why);
  void start_undone(const caf::error& why);
  void answer_waiting(const result<done>& outcome);

  caf::error disposal_refusal(const dispose_session&) const;
  void begin_disposal();
  void save();
  void saved(const std::optional<git_status>& repo);
  void remove();
  void disposal_failed(const caf::error& why);
  void gone(continuation last_words);
  void answer_disposals(const result<session_disposed>& outcome);

  void arm_storage_look();
  void judge_storage(const content_measured&);

  content_id whose() const;
  duration copy_limit() const;
  caf::error copy_refusal() const;
  std::string phase_text() const;

  content_session_actor::pointer self_ = nullptr;
  session_deps deps_;
  session_listener_actor listener_;
  session_ptr record_;
  uint32_t slot_ = 0;

  std::optional<answer<done>> init_to_;
  bool is_undone_ = false; ///< the start failed; it is being taken back
  bool is_gone_ = false;
  bool is_over_storage_ = false; ///< as was logged
  continuation last_words_;      ///< to be said when its name is free
  bool is_disposing_ = false;    ///< a disposal runs, or waits for the start
  dispose_session disposal_;     ///< which one
  std::vector<answer<done>> waiting_;
  size_t prune_at_ = 64;
  std::vector<answer<session_disposed>> awaiting_disposal_;
  caf::actor_clock::time_point began_;
};

content_session_actor::behavior_type content_session(
  content_session_actor::stateful_pointer<content_session_state> self,
  session_deps deps, session_listener_actor listener, session_ptr record,
  uint32_t slot);

} // namespace berth

BERTH_MESSAGE(berth::session_changed)
BERTH_MESSAGE(berth::session_gone)
BERTH_MESSAGE(berth::resume_session)
BERTH_MESSAGE(berth::dismiss_session)
BERTH_MESSAGE(berth::session_storage_look)
