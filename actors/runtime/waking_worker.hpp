#pragma once

#include "actors/runtime/hands.hpp"
#include "core/layout.hpp"
#include "model/error.hpp"

/// What a container learns after it was made.
namespace berth {

/// See `tell_init`. The pipe has no name any more afterwards.
result<void> tell_environment(const layout&, const tell_init&);

/// See `name_host`. `failed_precondition` if the container has ended.
result<void> give_hostname(const layout&, const name_host&);

} // namespace berth
