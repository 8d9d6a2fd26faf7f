#include "actors/process/process_table.hpp"

#include "actors/process/exit_watch_worker.hpp"

#include <signal.h>

#include <utility>

namespace berth {

void process_table::start(uv_loop_t* loop, const follow_child& what,
                          exit_callback on_exit) {
  auto number = ++last_;
  auto child = captured_child::start(
    loop, what.what, what.on_line, what.longest_line,
    [this, number, token = what.token, on_exit](result<child_exit> outcome) {
      followed_.erase(token);
      auto gone = std::move(children_.extract(number).mapped());
      on_exit(std::move(outcome));
    });
  if (!child) {
    followed_.erase(what.token);
    return on_exit(child.error());
  }
  children_.emplace(number, std::move(*child));
}

void process_table::run(uv_loop_t* loop, const run_child& what,
                        exit_callback on_exit) {
  start(loop, {what.what, {}, nullptr}, std::move(on_exit));
}

void process_table::follow(uv_loop_t* loop, const follow_child& what,
                           exit_callback on_exit) {
  if (what.token.empty() || !followed_.emplace(what.token, last_ + 1).second)
    return on_exit(
      make_error(ec::already_exists, "child token '" + what.token + "'"));
  start(loop, what, std::move(on_exit));
}

void process_table::kill(const kill_child& what) {
  if (auto found = followed_.find(what.token); found != followed_.end())
    children_.at(found->second)->signal_group(what.signal);
  if (auto found = sessions_.find(what.token); found != sessions_.end())
    found->second->signal(what.signal);
}

void process_table::await(uv_loop_t* loop, await_exit what,
                          gone_callback on_gone) {
  auto number = ++last_;
  auto watch
    = watch_exit(loop, what.pid, what.start_time, [this, number, on_gone] {
        auto watch = std::move(watches_.extract(number).mapped());
        on_gone(process_gone{});
      });
  if (!watch)
    return on_gone(watch.error());
  if (!*watch)
    return on_gone(process_gone{});
  watches_.emplace(number, std::move(*watch));
}

void process_table::open(uv_loop_t* loop, open_session what,
                         open_callback on_open) {
  auto token = what.token;
  if (token.empty() || sessions_.contains(token))
    return on_open(
      make_error(ec::already_exists, "session token '" + token + "'"));
  auto session
    = child_session::make(std::move(what), std::move(on_open), [this, token] {
        auto gone = std::move(sessions_.extract(token).mapped());
      });
  auto* started = session.get();
  sessions_.emplace(token, std::move(session));
  started->start(loop); // it may be gone after this
}

void process_table::input(const session_input& what) {
  if (auto found = sessions_.find(what.token); found != sessions_.end())
    found->second->input(what.bytes, what.end);
}

void process_table::resize(const session_resize& what) {
  if (auto found = sessions_.find(what.token); found != sessions_.end())
    found->second->resize(what.size);
}

void process_table::resume(const session_resume& what) {
  if (auto found = sessions_.find(what.token); found != sessions_.end())
    found->second->resume();
}

void process_table::close(const close_session& what) {
  if (auto found = sessions_.find(what.token); found != sessions_.end())
    found->second->signal(SIGKILL);
}

void process_table::clear() {
  // All are told before the first is waited for.
  for (auto& [number, child] : children_)
    child->signal_group(SIGKILL);
  for (auto& [token, session] : sessions_)
    session->signal(SIGKILL);
  children_.clear();
  followed_.clear();
  watches_.clear();
  sessions_.clear();
}

} // namespace berth
