#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/build/bases.hpp"
#include "app/berth-worker/build/context.hpp"
#include "app/berth-worker/build/export.hpp"
#include "app/berth-worker/jobs.hpp"
#include "core/builds/dockerfile.hpp"

namespace berth::worker {

namespace {

/// The Dockerfile with the images that it names as the layer store knows them:
/// nothing about them is left to a registry.
result<std::string> prepare_dockerfile(const build_image_job& job,
                                       int context) {
  auto text = read_dockerfile(context, job.dockerfile);
  if (!text)
    return text.error();
  auto parsed = dockerfile::parse(std::move(*text));
  if (!parsed)
    return parsed.error();
  auto names = std::map<std::string, std::string>{};
  for (const auto& base : job.bases)
    names[base.reference] = name_in_store(base);
  auto path = job.scratch + "/Dockerfile";
  if (auto written = write_text(path, parsed->with(names)); !written)
    return written.error();
  return path;
}

} // namespace

result<worker_outcome> run(const build_image_job& job) {
  auto context = open_directory(job.context);
  if (!context)
    return context.error();
  // Through no link; what the builder is told is the path that was checked, in
  // a tree that nobody else changes.
  auto directory = find_build_directory(context->get(), job.directory);
  if (!directory)
    return directory.error();
  auto builder = buildah{job.storage, job.scratch, job.log_fd};
  for (const auto& base : job.bases)
    if (auto supplied = supply(builder, base); !supplied)
      return supplied.error();
  auto text = prepare_dockerfile(job, context->get());
  if (!text)
    return text.error();
  auto where
    = job.directory.empty() ? job.context : job.context + "/" + job.directory;
  // As Docker has it: images of the other format know no SHELL, no ONBUILD and
  // no HEALTHCHECK.
  auto built = builder.run({"build", "--layers", "--force-rm", "--isolation",
                            "chroot", "--network", "host", "--pull=false",
                            "--format", "docker", "--file", *text, "--iidfile",
                            id_file(job), "--tag", built_name, where});
  if (!built)
    return built.error();
  auto image = export_image(builder, job);
  if (!image)
    return image.error();
  return std::move(*image);
}

} // namespace berth::worker
