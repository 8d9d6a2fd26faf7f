#pragma once

#include "model/error.hpp"

#include <string_view>

namespace berth {

/// Whether git would take `name` for a branch or tag (git-check-ref-format(1)),
/// and no command for an option.
bool is_ref_name(std::string_view name);

/// Whether `name` is a whole object id: 40 or 64 lower case hex digits.
bool is_object_id(std::string_view name);

/// Whether `key` is "remote.origin.partialclonefilter" (in any case), which
/// makes a partial clone: git leaves out what it can fetch when it is needed.
/// The value is one of git-rev-list(1): blob:none, blob:limit=SIZE, tree:DEPTH.
bool is_clone_filter_key(std::string_view key);

/// Whether a client may set this in the config of a clone. Keys come from a
/// short list of harmless ones: most others can name a program or a host.
result<void> check_git_config(std::string_view key, std::string_view value);

} // namespace berth
