#pragma once

#include "model/archive.hpp"
#include "model/build_record.hpp"
#include "model/error.hpp"
#include "model/image.hpp"
#include "model/service_record.hpp"
#include "model/session_record.hpp"
#include "model/workspace.hpp"

#include <string>
#include <string_view>

namespace berth {

/// A record as JSON text, as it is stored. Times and durations are integer
/// nanoseconds, optional fields that are not set are absent, and bytes that are
/// not UTF-8 become replacement characters. `spec.initializer` is not part of
/// it: its bytes are kept beside the text.
std::string to_json(const workspace_record&);

/// A record with an empty `spec.initializer`. Unknown fields are ignored and
/// missing ones have their defaults, so that older and newer berthds read each
/// other's records. Anything else that does not fit is `data_loss`.
result<workspace_record> record_from_json(std::string_view);

std::string to_json(const stored_image&);

/// As `record_from_json`.
result<stored_image> image_from_json(std::string_view);

std::string to_json(const session_record&);

/// As `record_from_json`.
result<session_record> session_from_json(std::string_view);

std::string to_json(const archive_record&);

/// As `record_from_json`.
result<archive_record> archive_from_json(std::string_view);

std::string to_json(const build_record&);

/// As `record_from_json`.
result<build_record> build_from_json(std::string_view);

std::string to_json(const service_record&);

/// As `record_from_json`.
result<service_record> service_from_json(std::string_view);

} // namespace berth
