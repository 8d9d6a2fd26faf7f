#pragma once

#include "app/berth/arguments.hpp"
#include "model/error.hpp"

#include <string>

#include "ws-manager-api/core.pb.h"

namespace berth::cli {

/// The options of `start` that say what to start; see `start_flags`.
extern const std::span<const flag> start_flags;

/// What the options ask for. The image may still be empty. `invalid_argument`
/// for options that contradict each other and for values of a wrong form.
/// `git_password` goes with `--git-user`.
result<wsman::StartWorkspaceRequest>
start_request(const arguments& given, const std::string& git_password);

} // namespace berth::cli
