#include "core/token_bucket.hpp"

#include <algorithm>

namespace berth {

namespace {

caf::error too_many_requests() {
  return make_error(ec::exhausted, "too many requests");
}

} // namespace

result<duration> token_bucket::take(const rate_limit& limit, duration now,
                                    duration patience) {
  refill(limit, now);
  if (level_.tokens > 0) {
    --level_.tokens;
    return duration::zero();
  }
  if (!limit.block || limit.refill <= duration::zero())
    return too_many_requests();
  // The tokens before ours in the queue are those we owe already.
  auto due = level_.filled_at + limit.refill * (1 - level_.tokens);
  auto wait = std::max(due - now, duration::zero());
  if (wait > patience)
    return too_many_requests();
  --level_.tokens;
  return wait;
}

void token_bucket::refill(const rate_limit& limit, duration now) {
  if (limit.refill <= duration::zero() || now <= level_.filled_at)
    return;
  auto fresh = (now - level_.filled_at) / limit.refill;
  auto room = static_cast<int64_t>(limit.burst) - level_.tokens;
  level_.tokens += std::min<int64_t>(fresh, std::max<int64_t>(room, 0));
  level_.filled_at += fresh * limit.refill;
}

} // namespace berth
