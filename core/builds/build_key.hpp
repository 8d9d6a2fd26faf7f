#pragma once

#include "model/build.hpp"
#include "model/build_record.hpp"

#include <string>

namespace berth {

/// Equal for requests that one build serves: the same owner wants the same of
/// the same. Whose owner is not known shares only with the same credentials.
std::string join_key_of(const std::string& owner, const build_auth& auth,
                        const build_source& source,
                        const std::string& base_reference);

/// How long a cache's key is.
inline constexpr size_t cache_key_digits = 32;

/// By which a build finds the layers of earlier ones: those of the same owner
/// and repository. What one owner's credentials, or steps, made, no other one
/// ever sees.
std::string cache_key_of(const std::string& owner, const build_auth& auth,
                         const build_source& source);

/// "repository@sha256:..." of an image that is there; empty before.
std::string reference_by_digest(const build_record& record);

/// The image of that digest in the repository of `reference`.
std::string same_repository(const std::string& reference,
                            const std::string& digest);

} // namespace berth
