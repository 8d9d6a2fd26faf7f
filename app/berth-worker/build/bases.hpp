#pragma once

#include "app/berth-worker/build/buildah.hpp"
#include "core/worker_job.hpp"

#include <string>

namespace berth::worker {

/// What `base` is called in the layer store.
std::string name_in_store(const build_base& base);

/// Sees to it that the layer store has `base`.
result<void> supply(const buildah& to, const build_base& base);

} // namespace berth::worker
