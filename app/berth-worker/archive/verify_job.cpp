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
  auto limits = limits_for(job.archive);
  if (job.signal_fd >= 0)
    limits.ratio = 0; // its digest is compared with the packer's
  auto in = tar_reader{job.archive.fd, limits, job.signal_fd};
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
  return verify_outcome{in.entries(), in.packed_bytes(), in.packed_sha256()};
}

} // namespace berth::worker
