#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/registry/resolution.hpp"
#include "core/back_off.hpp"

#include <algorithm>
#include <thread>

namespace berth::worker {

namespace {

/// Who wants to be left alone for longer is not asked again.
constexpr auto longest_retry_after = std::chrono::seconds{15};

} // namespace

result<worker_outcome> run(const resolve_job& job) {
  auto what = parse_image_reference(job.reference);
  if (!what)
    return what.error();
  for (auto n = 0U;; ++n) {
    auto until = std::chrono::steady_clock::now() + job.attempt_limit;
    auto attempt = resolution{job, *what, until};
    auto digest = attempt.run();
    if (digest)
      return resolve_outcome{std::move(*digest)};
    auto is_last = n + 1 >= job.attempts;
    if (is_last || !attempt.may_pass()
        || attempt.retry_after() > longest_retry_after)
      return digest.error();
    auto pause = back_off(n, job.first_pause, job.longest_pause);
    std::this_thread::sleep_for(
      std::max<std::chrono::milliseconds>(pause, attempt.retry_after()));
  }
}

} // namespace berth::worker
