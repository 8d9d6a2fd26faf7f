#include "app/berth-worker/archive/tar_reader.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"

namespace berth::worker {

namespace {

/// What somebody's workspace really holds may compress by any ratio; only what
/// nobody vouches for is suspected of being a bomb.
tar_limits limits_for(const object_source& source) {
  auto limits = tar_limits{};
  if (!source.sha256.empty())
    limits.ratio = 0;
  return limits;
}

} // namespace

result<worker_outcome> run(const verify_job& job) {
  auto in = tar_reader{job.archive.fd, limits_for(job.archive)};
  for (;;) {
    auto entry = in.next();
    if (!entry)
      return entry.error();
    if (*entry == nullptr)
      break;
    report({"verify", {}, in.packed_bytes(), job.archive.bytes});
  }
  if (auto ok = in.finish(job.archive); !ok)
    return ok.error();
  return verify_outcome{in.entries()};
}

} // namespace berth::worker
