#include "actors/process/process_worker.hpp"

#include "actors/ask.hpp"

#include <caf/exit_reason.hpp>

#include <utility>

namespace berth {

namespace {

using self_ptr = process_worker_actor::stateful_pointer<process_worker_state>;

template <class T>
using promises = std::map<uint64_t, caf::typed_response_promise<T>>;

/// Remembers who asks and gives back what the loop's thread answers with.
template <class Answer, class T>
std::function<void(result<T>)> wait_in(self_ptr self, promises<T>& waiting) {
  auto request = ++self->state.last_request;
  waiting.emplace(request, self->template make_response_promise<T>());
  return [me = process_worker_actor{self}, request](result<T> outcome) {
    tell_actor(me, Answer{request, std::move(outcome)});
  };
}

template <class T>
void deliver(promises<T>& waiting, uint64_t request, result<T>& outcome) {
  auto found = waiting.extract(request);
  if (!found)
    return;
  if (outcome)
    found.mapped().deliver(std::move(*outcome));
  else
    found.mapped().deliver(std::move(outcome.error()));
}

template <class T>
void refuse_all(promises<T>& waiting) {
  for (auto& [request, promise] : std::exchange(waiting, {}))
    promise.deliver(make_error(ec::unavailable, "the process service ended"));
}

/// Does `what` with the table, on the loop's thread.
template <class F>
void on_loop(self_ptr self, F what) {
  self->state.loop.post([table = self->state.table, what = std::move(what)](
                          uv_loop_t* loop) { what(*table, loop); });
}

caf::typed_response_promise<child_exit> run(self_ptr self, run_child& msg) {
  auto& waiting = self->state.children;
  auto answer = wait_in<child_ended>(self, waiting);
  on_loop(self, [msg = std::move(msg), answer](auto& table, uv_loop_t* loop) {
    table.run(loop, msg, answer);
  });
  return waiting.at(self->state.last_request);
}

caf::typed_response_promise<child_exit> follow(self_ptr self,
                                               follow_child& msg) {
  auto& waiting = self->state.children;
  auto answer = wait_in<child_ended>(self, waiting);
  on_loop(self, [msg = std::move(msg), answer](auto& table, uv_loop_t* loop) {
    table.follow(loop, msg, answer);
  });
  return waiting.at(self->state.last_request);
}

caf::typed_response_promise<process_gone> await(self_ptr self,
                                                const await_exit& msg) {
  auto& waiting = self->state.awaited;
  auto answer = wait_in<awaited_ended>(self, waiting);
  on_loop(self, [msg, answer](auto& table, uv_loop_t* loop) {
    table.await(loop, msg, answer);
  });
  return waiting.at(self->state.last_request);
}

caf::typed_response_promise<done> open(self_ptr self, open_session& msg) {
  auto& waiting = self->state.sessions;
  auto answer = wait_in<session_opened>(self, waiting);
  on_loop(self, [msg = std::move(msg), answer](auto& table, uv_loop_t* loop) {
    table.open(loop, msg, answer);
  });
  return waiting.at(self->state.last_request);
}

} // namespace

process_worker_state::~process_worker_state() {
  loop.post([last = std::move(table)](uv_loop_t*) { last->clear(); });
}

process_worker_actor::behavior_type process_worker(self_ptr self) {
  // A promise that is dropped would be silent.
  self->set_exit_handler([self](caf::exit_msg& msg) {
    refuse_all(self->state.children);
    refuse_all(self->state.awaited);
    refuse_all(self->state.sessions);
    self->quit(std::move(msg.reason));
  });
  auto& state = self->state;
  return {
    [self](run_child& msg) { return run(self, msg); },
    [self](follow_child& msg) { return follow(self, msg); },
    [self](const kill_child& msg) {
      on_loop(self, [msg](auto& table, uv_loop_t*) { table.kill(msg); });
    },
    [self](const await_exit& msg) { return await(self, msg); },
    [self](open_session& msg) { return open(self, msg); },
    [self](session_input& msg) {
      on_loop(self, [msg = std::move(msg)](auto& table, uv_loop_t*) {
        table.input(msg);
      });
    },
    [self](const session_resize& msg) {
      on_loop(self, [msg](auto& table, uv_loop_t*) { table.resize(msg); });
    },
    [self](const session_resume& msg) {
      on_loop(self, [msg](auto& table, uv_loop_t*) { table.resume(msg); });
    },
    [self](const close_session& msg) {
      on_loop(self, [msg](auto& table, uv_loop_t*) { table.close(msg); });
    },
    [&state](child_ended& msg) {
      deliver(state.children, msg.request, msg.outcome);
    },
    [&state](awaited_ended& msg) {
      deliver(state.awaited, msg.request, msg.outcome);
    },
    [&state](session_opened& msg) {
      deliver(state.sessions, msg.request, msg.outcome);
    },
  };
}

process_actor spawn_process_actor(caf::actor_system& sys) {
  return sys.spawn(process_worker);
}

} // namespace berth
