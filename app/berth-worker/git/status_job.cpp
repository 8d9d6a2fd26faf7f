#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/git/repository_status.hpp"
#include "app/berth-worker/jobs.hpp"

namespace berth::worker {

result<worker_outcome> run(const status_job& job) {
  auto source = open_directory(job.source);
  if (!source)
    return source.error();
  return status_outcome{
    repository_status(source->get(), job.checkout_location)};
}

} // namespace berth::worker
