#pragma once

#include "model/error.hpp"
#include "model/service_record.hpp"
#include "model/settings.hpp"

namespace berth {

/// A token bucket that may be overdrawn by those who wait. Times count from
/// whenever its owner says, but always the same.
class token_bucket {
public:
  /// A full one.
  token_bucket(const rate_limit& limit, duration now)
    : level_{limit.burst, now} {}

  /// One as it was left.
  explicit token_bucket(bucket_level left) : level_(left) {}

  /// Zero: go ahead; more: the token is the caller's after so long. `exhausted`
  /// if there is none and the limit does not let wait, or not within
  /// `patience`.
  result<duration> take(const rate_limit& limit, duration now,
                        duration patience);

  const bucket_level& level() const { return level_; }

private:
  void refill(const rate_limit& limit, duration now);

  bucket_level level_;
};

} // namespace berth
