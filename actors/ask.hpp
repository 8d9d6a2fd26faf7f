#pragma once

#include <caf/actor_cast.hpp>
#include <caf/behavior.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/detail/typed_actor_util.hpp>
#include <caf/duration.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/response_type.hpp>
#include <caf/scheduled_actor.hpp>

#include <memory>
#include <type_traits>
#include <utility>

/// Messages to actors, with the types checked that caf's
/// `request(...).then(...)` and `anon_send` check, and then hidden: both
/// functions behind one type each. What g++ makes for each of caf's is a
/// quarter of its work on our actors.
///
/// Of normal priority only. Blocking actors (caf::scoped_actor) use caf's own.
namespace berth {

namespace asking {

/// Somebody who waits for a `T`.
template <class T>
class listener {
public:
  listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  virtual ~listener() = default;
  virtual void tell(T&) = 0;
};

template <class T, class F>
class listening final : public listener<T> {
  static_assert(std::is_void_v<std::invoke_result_t<F&, T&>>);

public:
  explicit listening(F f) : f_(std::move(f)) {}
  void tell(T& what) override { f_(what); }

private:
  F f_;
};

template <class Answer>
void await_answer(caf::scheduled_actor* self, caf::message_id id,
                  std::unique_ptr<listener<Answer>> answered,
                  std::unique_ptr<listener<caf::error>> failed) {
  self->add_multiplexed_response_handler(
    id,
    caf::behavior{
      [answered = std::move(answered)](Answer& what) { answered->tell(what); },
      [failed = std::move(failed)](caf::error& why) { failed->tell(why); }});
}

/// Who asks nobody hears `sec::invalid_argument`.
caf::message_id send_request(caf::scheduled_actor* self,
                             const caf::strong_actor_ptr& to,
                             caf::duration limit, caf::message what);
void send(const caf::strong_actor_ptr& to, caf::message what);

template <class Handle, class Message>
using answers
  = caf::response_type_t<typename Handle::signatures, std::decay_t<Message>>;

} // namespace asking

/// A request under way.
template <class Answer>
class [[nodiscard]] asked {
public:
  asked(caf::scheduled_actor* self, caf::message_id id)
    : self_(self), id_(id) {}

  /// One of both is called, once, by the actor that asked, unless that ends
  /// before.
  template <class F, class G>
  void then(F answered, G failed) {
    caf::detail::type_checker<caf::detail::type_list<Answer>, F>::check();
    asking::await_answer<Answer>(
      self_, id_,
      std::make_unique<asking::listening<Answer, F>>(std::move(answered)),
      std::make_unique<asking::listening<caf::error, G>>(std::move(failed)));
  }

private:
  caf::scheduled_actor* self_;
  caf::message_id id_;
};

/// Sends `what` to `to`, who has `limit` to answer.
template <class Handle, class Limit, class Message>
auto ask_actor(caf::scheduled_actor* self, const Handle& to, Limit limit,
               Message&& what) {
  using answers = asking::answers<Handle, Message>;
  static_assert(caf::detail::tl_size<answers>::value == 1);
  return asked<caf::detail::tl_head_t<answers>>{
    self, asking::send_request(self, caf::actor_cast<caf::strong_actor_ptr>(to),
                               caf::duration{limit},
                               caf::make_message(std::forward<Message>(what)))};
}

/// Sends `what` to `to`, whose answer nobody hears. From any thread.
template <class Handle, class Message>
void tell_actor(const Handle& to, Message&& what) {
  using takes_it [[maybe_unused]] = asking::answers<Handle, Message>;
  asking::send(caf::actor_cast<caf::strong_actor_ptr>(to),
               caf::make_message(std::forward<Message>(what)));
}

} // namespace berth
