#include "app/berth-worker/archive/tar_reader.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/pieces/piece_check.hpp"
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

/// What of the pieces of earlier objects is known; null: nothing is asked.
result<std::unique_ptr<piece_index>> known_pieces(const verify_job& job) {
  if (job.is_partial && job.index_fd < 0)
    return std::unique_ptr<piece_index>{};
  auto known = std::make_unique<piece_index>();
  if (job.index_fd >= 0)
    if (auto index = piece_index::read(job.index_fd))
      *known = std::move(*index);
  return known;
}

result<verify_outcome> with_table(const verify_job& job, verify_outcome out,
                                  std::span<const frame_seen> frames) {
  auto known = known_pieces(job);
  if (!known)
    return known.error();
  auto checked = check_pieces(job.archive.fd, out.bytes, frames, known->get());
  if (!checked)
    return checked.error();
  if (!job.is_partial && checked->entries != out.entries)
    return make_error(ec::data_loss, "archive: its table of pieces lies");
  out.entries = checked->entries;
  out.needs = std::move(checked->needs);
  return out;
}

/// Reads only what is in the object, which need not be a tar by itself.
result<verify_outcome> check_partial(const verify_job& job) {
  auto in = raw_input{job.archive.fd, job.signal_fd};
  auto frames = std::vector<frame_seen>{};
  auto stream = decompressed(in, &frames);
  if (!stream)
    return stream.error();
  for (;;) {
    auto bytes = (*stream)();
    if (!bytes)
      return bytes.error();
    if (bytes->empty())
      break;
    report({"verify", {}, in.bytes(), job.archive.bytes});
  }
  auto sha256 = in.finish();
  if (!sha256)
    return sha256.error();
  const auto& known = job.archive;
  if ((known.bytes != 0 && known.bytes != in.bytes())
      || (!known.sha256.empty() && known.sha256 != *sha256))
    return make_error(ec::data_loss, "archive has the wrong length or digest");
  return with_table(job, {0, in.bytes(), std::move(*sha256)}, frames);
}

result<verify_outcome> check_whole(const verify_job& job) {
  auto limits = limits_for(job.archive);
  if (job.signal_fd >= 0)
    limits.ratio = 0; // its digest is compared with the packer's
  limits.note_frames = job.pieces;
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
  auto out
    = verify_outcome{in.entries(), in.packed_bytes(), in.packed_sha256()};
  return job.pieces ? with_table(job, std::move(out), in.frames()) : out;
}

} // namespace

result<worker_outcome> run(const verify_job& job) {
  auto out = job.is_partial ? check_partial(job) : check_whole(job);
  if (!out)
    return out.error();
  return std::move(*out);
}

} // namespace berth::worker
