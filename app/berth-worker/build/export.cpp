#include "app/berth-worker/build/export.hpp"

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/layout.hpp"
#include "app/berth-worker/image/plain_layout.hpp"

#include <fcntl.h>

#include <cerrno>

namespace berth::worker {

namespace {

constexpr size_t longest_id = 256;

/// In Docker's format, which knows SHELL, ONBUILD and HEALTHCHECK, and by the
/// transport `dir:`: the other one of a directory knows OCI's alone, and
/// compresses layers that are unpacked on this machine next, too.
result<void> make_image(const buildah& from, const build_image_job& job) {
  auto compress = job.compress ? "false" : "true";
  auto pushed = from.ask({"push", "--quiet", "--format", "v2s2",
                          std::string{"--disable-compression="} + compress,
                          built_name, "dir:" + job.out});
  if (!pushed)
    return pushed.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  return make_layout(out->get());
}

} // namespace

std::string id_file(const build_image_job& job) {
  return job.scratch + "/image-id";
}

result<image_outcome> export_image(const buildah& from,
                                   const build_image_job& job) {
  auto file = sys::fd{::open(id_file(job).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "open", id_file(job));
  auto id = read_text(file.get(), id_file(job), longest_id, "no id");
  if (!id)
    return id.error();
  if (!id->empty() && *id == job.known_id)
    return image_outcome{job.known_digest, std::move(*id), true};
  if (auto made = make_image(from, job); !made)
    return made.error();
  auto layout = open_directory(job.out);
  if (!layout)
    return layout.error();
  auto image = read_layout(layout->get());
  if (!image)
    return image.error();
  return image_outcome{std::move(image->digest), std::move(*id)};
}

} // namespace berth::worker
