#pragma once

#include "actors/jobs/job.hpp"

#include <caf/fwd.hpp>

namespace berth {

/// Jobs in real sandboxes. `sys` must outlive the result.
job_hands sandboxed_jobs(caf::actor_system& sys, job_deps deps);

} // namespace berth
