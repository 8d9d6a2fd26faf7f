#pragma once

#include "core/worker_job.hpp"

/// One function a kind of job, each in a file of its name.
namespace berth::worker {

result<worker_outcome> run(const initialize_job&);
result<worker_outcome> run(const archive_job&);
result<worker_outcome> run(const status_job&);
result<worker_outcome> run(const verify_job&);
result<worker_outcome> run(const unpack_job&);
result<worker_outcome> run(const pull_job&);
result<worker_outcome> run(const copy_job&);
result<worker_outcome> run(const mirror_job&);
result<worker_outcome> run(const resolve_job&);
result<worker_outcome> run(const context_job&);
result<worker_outcome> run(const fetch_image_job&);
result<worker_outcome> run(const push_image_job&);
result<worker_outcome> run(const build_image_job&);

} // namespace berth::worker
