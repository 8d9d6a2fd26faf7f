#pragma once

#include "actors/sessions/content_sessions.hpp"
#include "test/support/print.hpp"
#include "test/support/workspace_fixture.hpp"

#include <optional>
#include <ostream>
#include <string>

namespace berth::test {

template <class T>
using outcome_of = std::shared_ptr<std::optional<result<T>>>;

/// Sessions beside a manager, over fakes: both real, on a clock moved by hand.
struct sessions_fixture : workspace_fixture {
  sessions_fixture() {
    conf->runtime.uid_size = 20 * 65536; // of which sessions have two
    open_all();
  }

  /// Starts both over what `is` holds, as after a crash.
  void open_all() {
    if (sessions) {
      caf::anon_send_exit(sessions, caf::exit_reason::kill);
      settle();
    }
    open();
    auto deps = sessions_deps{};
    deps.session = {conf, store, content, [this] { return now(); }};
    metrics = deps.session.metrics;
    deps.manager = manager;
    deps.bus = bus;
    deps.disk = disk;
    deps.published = published;
    deps.ids = ids;
    deps.gauges = gauges;
    auto stored = std::vector<session_ptr>{};
    for (const auto& [id, session] : is->sessions)
      stored.push_back(session);
    sessions = spawn(content_sessions, deps, stored);
  }

  /// Sends `request`; what comes of it is filled in as soon as it is there.
  template <class T, class Request>
  outcome_of<T> begin(Request request) {
    auto outcome = std::make_shared<std::optional<result<T>>>();
    request.to = answer<T>{[outcome](result<T> it) { *outcome = it; }};
    caf::anon_send(sessions, std::move(request));
    settle();
    return outcome;
  }

  static init_session init_of(const std::string& id) {
    auto out = init_session{};
    out.session.id = id;
    out.session.owner = "anna";
    out.session.meta_id = "meta-" + id;
    out.session.checkout_location = "repo";
    out.fill.initializer = "git, please";
    return out;
  }

  outcome_of<done> init(const std::string& id) {
    return begin<done>(init_of(id));
  }
  outcome_of<done> wait(const std::string& id) {
    return begin<done>(await_session{id, {}});
  }
  outcome_of<session_disposed> dispose(const std::string& id, bool backup,
                                       bool logs = false) {
    return begin<session_disposed>(dispose_session{id, backup, logs, {}});
  }
  outcome_of<snapshot_taken> snap(const std::string& id,
                                  bool return_immediately = false) {
    return begin<snapshot_taken>(snapshot_session{id, return_immediately, {}});
  }
  outcome_of<backup_taken> save(const std::string& id) {
    return begin<backup_taken>(backup_session{id, {}});
  }
  bool exists(const std::string& id) {
    auto found = begin<session_found>(find_session{id, {}});
    return *found && **found && (**found)->exists;
  }

  /// `timeout` as long as there is no answer.
  template <class T>
  static ec code(const outcome_of<T>& of) {
    if (!*of)
      return ec::timeout;
    return **of ? ec::none : code_of((**of).error());
  }
  template <class T>
  static std::string text(const outcome_of<T>& of) {
    return *of && !**of ? berth::describe((**of).error()) : "";
  }

  /// What happened since the last look, in one line.
  std::string heard() {
    auto all = std::string{};
    for (const auto& entry : std::exchange(is->log, {}))
      all += (all.empty() ? "" : ", ") + entry;
    return all;
  }

  std::string metrics_text() const {
    auto out = exposition{};
    metrics->write(out);
    gauges->write(out, "here");
    return out.text();
  }

  std::shared_ptr<content_metrics> metrics;
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
  content_sessions_actor sessions;
};

} // namespace berth::test
