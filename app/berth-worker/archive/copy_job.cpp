#include "app/berth-worker/archive/tree_copier.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"

namespace berth::worker {

result<worker_outcome> run(const copy_job& job) {
  auto source = open_directory(job.source);
  if (!source)
    return source.error();
  auto destination = open_directory(job.destination);
  if (!destination)
    return destination.error();
  auto copier = tree_copier{destination->get(), job.note_origins};
  auto walked
    = walk_tree(source->get(), [&](const tree_entry& entry) -> result<void> {
        auto ok = copier.add(entry);
        report({"copy", {}, copier.bytes(), 0});
        return ok;
      });
  if (!walked)
    return walked.error();
  if (auto ok = copier.finish(); !ok)
    return ok.error();
  return copy_outcome{copier.entries(), copier.bytes(), *walked};
}

} // namespace berth::worker
