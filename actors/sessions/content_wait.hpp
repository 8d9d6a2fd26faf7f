#pragma once

#include "actors/events/api.hpp"
#include "actors/sessions/api.hpp"

namespace berth {

/// Follows a workspace of this node until its content is ready, for somebody
/// who awaits a session of its id.
class content_wait : public status_listener {
public:
  explicit content_wait(await_session request) : request_(std::move(request)) {}

  bool offer(const record_ptr&) override;
  bool is_gone() const override { return request_.to.is_settled(); }

private:
  await_session request_;
};

} // namespace berth
