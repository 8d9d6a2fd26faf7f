#pragma once

#include "model/build_record.hpp"

namespace berth {

/// What of a request may be stored: all but its passwords.
build_recipe make_recipe(const build_source&, const build_auth&,
                         bool use_retry_client);

/// The passwords, to be kept where they may be.
initializer_secrets kept_secrets(const build_source&, const build_auth&);

/// Puts back what `kept_secrets` took.
void restore_secrets(const initializer_secrets&, build_source&, build_auth&);

} // namespace berth
