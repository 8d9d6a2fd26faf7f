#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/build/context.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/builds/dockerfile.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace berth::worker {

namespace {

/// What an initializer leaves to say that it is done. It tells times, so layers
/// that copy it would never be found again.
void remove_mark(int context) {
  auto directory = open_beneath(context, ".gitpod", O_RDONLY | O_DIRECTORY);
  if (!directory)
    return;
  ::unlinkat(directory->get(), "ready", 0);
  // Stays if the repository has something in it.
  ::unlinkat(context, ".gitpod", AT_REMOVEDIR);
}

} // namespace

result<worker_outcome> run(const context_job& job) {
  if (auto made = run(job.content); !made)
    return made.error();
  auto context = open_directory(job.content.destination);
  if (!context)
    return context.error();
  remove_mark(context->get());
  auto text = read_dockerfile(context->get(), job.dockerfile);
  if (!text)
    return text.error();
  if (auto found = find_build_directory(context->get(), job.directory); !found)
    return found.error();
  auto parsed = dockerfile::parse(std::move(*text));
  if (!parsed)
    return parsed.error();
  return context_outcome{parsed->images(), warnings()};
}

} // namespace berth::worker
