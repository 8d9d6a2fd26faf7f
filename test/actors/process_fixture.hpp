#pragma once

#include "actors/process/process_worker.hpp"
#include "test/support/why_not.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::test {

using namespace std::chrono_literals;

/// Longer than anything here takes; only a bug reaches it.
constexpr auto patience = 20s;

/// `/bin/sh -c script`.
inline child_spec shell(std::string script) {
  auto spec = child_spec{};
  spec.argv = {"/bin/sh", "-c", std::move(script)};
  spec.env = {"PATH=/usr/bin:/bin"};
  return spec;
}

/// A value that one thread changes and another waits for.
template <class T>
class watched {
public:
  template <class F>
  void change(F how) {
    {
      auto lock = std::lock_guard{guard_};
      how(value_);
    }
    changed_.notify_all();
  }

  /// Whether `is_true` of the value came true in time.
  template <class F>
  bool wait(F is_true) {
    auto lock = std::unique_lock{guard_};
    return changed_.wait_for(lock, patience, [&] { return is_true(value_); });
  }

  T copy() {
    auto lock = std::lock_guard{guard_};
    return value_;
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  T value_{};
};

/// What a session told.
struct session_story {
  std::string out, err;
  std::vector<result<int>> ends;
  bool spoke_after_end = false;
  size_t taken = 0; ///< bytes of input
};

using shared_story = std::shared_ptr<watched<session_story>>;

inline session_listener listener_of(const shared_story& story) {
  return {
    [story](int stream, std::string bytes) {
      story->change([&](session_story& s) {
        (stream == 1 ? s.out : s.err) += bytes;
        s.spoke_after_end |= !s.ends.empty();
      });
      return true;
    },
    [story](result<int> code) {
      story->change(
        [&](session_story& s) { s.ends.push_back(std::move(code)); });
    },
    [story](size_t bytes) {
      story->change([&](session_story& s) { s.taken += bytes; });
    },
  };
}

/// A process actor on real threads.
class process_system {
protected:
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 2u);
      set("logger.verbosity", caf::atom("quiet"));
    }
  };

  ~process_system() { end_service(); }

  void end_service() {
    if (std::exchange(ended, true))
      return;
    self->send_exit(processes, caf::exit_reason::user_shutdown);
    self->wait_for(processes);
  }

  template <class Reply>
  using asked = std::function<result<Reply>()>;

  /// Sends `msg` now; calling what comes back waits for the reply.
  template <class Reply, class Message>
  asked<Reply> start(Message msg) {
    auto asker = std::make_shared<caf::scoped_actor>(sys, true);
    auto reply = std::make_shared<decltype((*asker)->request(
      processes, patience, std::move(msg)))>(
      (*asker)->request(processes, patience, std::move(msg)));
    return [asker, reply] {
      auto out = result<Reply>{make_error(ec::timeout, "no reply")};
      reply->receive([&](Reply& x) { out = std::move(x); },
                     [&](caf::error& err) { out = std::move(err); });
      return out;
    };
  }

  template <class Reply, class Message>
  result<Reply> ask(Message msg) {
    return start<Reply>(std::move(msg))();
  }

  /// Runs a child that must run.
  child_exit run(child_spec what) {
    auto outcome = ask<child_exit>(run_child{std::move(what)});
    BOOST_REQUIRE_EQUAL(why_not(outcome), "");
    return std::move(*outcome);
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys, true};
  process_actor processes = spawn_process_actor(sys);
  bool ended = false;
};

} // namespace berth::test
