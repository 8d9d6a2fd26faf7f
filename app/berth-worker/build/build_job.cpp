#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/build/bases.hpp"
#include "app/berth-worker/build/context.hpp"
#include "app/berth-worker/build/export.hpp"
#include "app/berth-worker/jobs.hpp"
#include "core/builds/dockerfile.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::worker {

namespace {

std::string documents_directory(const build_image_job& job) {
  return job.scratch + "/here-documents";
}

/// Files that a build may read or run, whoever its steps run as.
result<void> write_documents(const std::vector<here_document_file>& documents,
                             const std::string& directory) {
  auto scratch = open_directory(directory);
  if (!scratch)
    return scratch.error();
  auto own = identity{::getuid(), ::getgid()};
  for (const auto& each : documents) {
    auto at = split(each.path);
    auto parent = make_directories(scratch->get(), at.parent, 0755, own);
    if (!parent)
      return parent.error();
    auto mode = mode_t{each.is_program ? 0755U : 0644U};
    // Two that are equal have one name.
    auto file = open_beneath(parent->get(), at.name,
                             O_CREAT | O_TRUNC | O_WRONLY, mode);
    if (!file)
      return file.error();
    if (auto ok = write_all(file->get(), each.text, each.path); !ok)
      return ok;
  }
  return {};
}

std::string dockerfile_path(const build_image_job& job) {
  return job.scratch + "/Dockerfile";
}

/// The Dockerfile with the images that it names as the layer store knows them:
/// nothing about them is left to a registry. Its here documents are put beside
/// it.
result<dockerfile> prepare_dockerfile(const build_image_job& job, int context) {
  auto text = read_dockerfile(context, job.dockerfile);
  if (!text)
    return text.error();
  auto parsed = dockerfile::parse(std::move(*text));
  if (!parsed)
    return parsed.error();
  auto names = std::map<std::string, std::string>{};
  for (const auto& base : job.bases)
    names[base.reference] = name_in_store(base);
  if (::mkdir(documents_directory(job).c_str(), 0755) < 0)
    return errno_error(errno, "mkdir", documents_directory(job));
  if (auto ok = write_documents(parsed->documents(), documents_directory(job));
      !ok)
    return ok.error();
  if (auto ok = write_text(dockerfile_path(job), parsed->with(names)); !ok)
    return ok.error();
  return parsed;
}

/// For each step buildah starts from a copy of itself in memory, which the
/// kernel does not seal while it happens to look at one of its pages. Another
/// attempt goes on at that step.
result<void>
build(const buildah& builder, const std::vector<std::string>& args,
      const std::function<std::string(std::string_view)>& in_words) {
  constexpr auto whim = "sealing memfd copy: Device or resource busy";
  constexpr int most_attempts = 3;
  for (int attempt = 1;; ++attempt) {
    auto was_whim = false;
    auto built = builder.run(args, [&](std::string_view line) {
      was_whim = was_whim || line.find(whim) != line.npos;
      return in_words(line);
    });
    if (built || !was_whim || attempt == most_attempts)
      return built;
    builder.say("buildah could not start itself: trying again");
  }
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
  auto in_words = [&](std::string_view line) {
    return in_words_of_users(std::string{line}, text->documents());
  };
  auto where
    = job.directory.empty() ? job.context : job.context + "/" + job.directory;
  auto documents = here_documents_context + ("=" + documents_directory(job));
  // As Docker has it: images of the other format know no SHELL, no ONBUILD and
  // no HEALTHCHECK.
  auto built
    = build(builder,
            {"build", "--layers", "--force-rm", "--isolation", "chroot",
             "--network", "host", "--pull=false", "--format", "docker",
             "--file", dockerfile_path(job), "--build-context", documents,
             "--iidfile", id_file(job), "--tag", built_name, where},
            in_words);
  if (!built)
    return built.error();
  auto image = export_image(builder, job);
  if (!image)
    return image.error();
  return std::move(*image);
}

} // namespace berth::worker
