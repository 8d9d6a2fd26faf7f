#include "actors/ask.hpp"

#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

namespace berth::asking {

caf::message_id send_request(caf::scheduled_actor* self,
                             const caf::strong_actor_ptr& to,
                             caf::duration limit, caf::message what) {
  auto id = self->new_request_id(caf::message_priority::normal);
  if (to) {
    to->enqueue(
      caf::make_mailbox_element(self->ctrl(), id, {}, std::move(what)),
      self->context());
    self->request_response_timeout(limit, id);
  } else {
    self->enqueue(caf::make_mailbox_element(self->ctrl(), id.response_id(), {},
                                            caf::make_message(caf::make_error(
                                              caf::sec::invalid_argument))),
                  self->context());
  }
  return id.response_id();
}

void send(const caf::strong_actor_ptr& to, caf::message what) {
  if (to)
    to->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                          std::move(what)),
                nullptr);
}

} // namespace berth::asking
