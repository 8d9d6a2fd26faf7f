#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth::cli {

/// A random UUID (version 4).
std::string new_uuid();

bool is_uuid(std::string_view text);

/// A name people can say, "amber-otter-9f3c02ab".
std::string new_meta_id();

/// `invalid_argument` for what is no id.
caf::error refuse_if_no_id(const std::string& id);

/// The name of the local user as an owner id; "user" if nothing is left of it.
std::string local_owner();

/// `text` with what an id may not hold left out; "" if nothing is left.
std::string as_id(std::string_view text);

} // namespace berth::cli
