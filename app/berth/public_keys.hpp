#pragma once

#include "model/error.hpp"

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

namespace berth::cli {

/// Adds the public keys in `file`, one a line as in authorized_keys(5); `-` is
/// stdin. `invalid_argument` if it cannot be read, or has none.
result<void> add_public_keys(const std::string& file,
                             google::protobuf::RepeatedPtrField<std::string>&);

} // namespace berth::cli
