#pragma once

#include "actors/answer.hpp"
#include "model/error.hpp"

#include <caf/result.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace berth {

/// Runs the one job of a hand, which quits afterwards: the reply is what `job`
/// returns, `done` for a `result<void>`. What it throws becomes an error.
template <class Self, class Job>
auto one_job(Self* self, Job job) {
  using outcome = decltype(job());
  constexpr auto is_void = std::is_same_v<outcome, result<void>>;
  using reply =
    typename std::conditional_t<is_void, result<done>, outcome>::value_type;
  self->quit();
  try {
    auto result = job();
    if (!result)
      return caf::result<reply>{std::move(result.error())};
    if constexpr (is_void)
      return caf::result<reply>{done{}};
    else
      return caf::result<reply>{std::move(*result)};
  } catch (const std::exception& err) {
    return caf::result<reply>{make_error(ec::internal, err.what())};
  }
}

} // namespace berth
