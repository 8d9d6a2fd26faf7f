#include "app/berth-worker/archive/tree_packer.hpp"
#include "app/berth-worker/git/repository_status.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"

namespace berth::worker {

namespace {

// Says that content is there; a restored archive must not say so too early.
constexpr std::string_view ready_file = ".gitpod/ready";

result<archive_outcome> pack(int source, int out_fd, int signal_fd) {
  packer out{out_fd, signal_fd};
  if (auto ok = out.open(); !ok)
    return ok.error();
  auto tree = tree_packer{out};
  auto walked = walk_tree(source, [&](const tree_entry& entry) -> result<void> {
    if (entry.path == ready_file)
      return {};
    auto ok = tree.add(entry);
    report({"archive", {}, tree.bytes(), 0});
    return ok;
  });
  if (!walked)
    return walked.error();
  if (auto ok = out.finish(); !ok)
    return ok.error();
  return archive_outcome{out.bytes(), out.sha256(), tree.entries(), {}};
}

} // namespace

result<worker_outcome> run(const archive_job& job) {
  auto source = open_directory(job.source);
  if (!source)
    return source.error();
  auto outcome = pack(source->get(), job.out_fd, job.signal_fd);
  if (!outcome)
    return outcome.error();
  if (job.checkout_location)
    outcome->repo = repository_status(source->get(), *job.checkout_location);
  return std::move(*outcome);
}

} // namespace berth::worker
