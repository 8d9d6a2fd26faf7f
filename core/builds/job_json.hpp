#pragma once

#include "core/worker_job.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

/// The jobs of image builds as JSON. Internal to `core`: reading throws, like
/// `json_reader`.
namespace berth::build_json {

using nlohmann::json;

json write(const fetch_image_job&);
json write(const push_image_job&);
json write(const build_image_job&);
json write(const context_outcome&);
json write(const image_outcome&);

/// A path below a directory; where `may_be_empty`, perhaps itself.
std::string read_inner_path(const json& from, const char* name,
                            bool may_be_empty);

/// Nothing if `kind` is no job of a build.
std::optional<worker_job> read_build_job(const std::string& kind,
                                         const json& from);

/// Nothing if `kind` is no outcome of such a job.
std::optional<worker_outcome> read_build_outcome(const std::string& kind,
                                                 const json& from);

} // namespace berth::build_json
