#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/image/layout.hpp"
#include "app/berth-worker/image/plain_layout.hpp"
#include "app/berth-worker/image/skopeo.hpp"
#include "app/berth-worker/image/unpack.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/hasher.hpp"

namespace berth::worker {

namespace {

/// What buildah is to work with is read once more: it believes a manifest all
/// that it says of layers.
enum class layers { known, to_verify };

result<std::string> digest_of(const std::string& layout, layers which) {
  auto directory = open_directory(layout);
  if (!directory)
    return directory.error();
  auto image = read_layout(directory->get());
  if (!image)
    return image.error();
  if (which == layers::to_verify)
    if (auto ok = verify_layers(directory->get(), *image); !ok)
      return ok.error();
  return std::move(image->digest);
}

/// Copies the image to where `reference` says, and believes the registry only
/// what it says of it afterwards.
result<void> push_to(const skopeo& program, const push_image_job& job,
                     const std::string& text) {
  auto reference = parse_image_reference(text);
  if (!reference)
    return reference.error();
  auto name = skopeo_name(*reference);
  auto copied = program.run({"copy", "--quiet", "--preserve-digests",
                             tls_option("dest-tls-verify", job.insecure),
                             "oci:" + job.layout, name},
                            job.patience);
  if (!copied)
    return copied.error();
  auto there = program.run(
    {"inspect", "--raw", tls_option("tls-verify", job.insecure), name},
    job.patience);
  if (!there)
    return there.error();
  if ("sha256:" + sha256_hex(*there) != job.digest)
    return make_error(ec::data_loss, "the registry has another image than was "
                                     "pushed");
  return {};
}

} // namespace

result<worker_outcome> run(const fetch_image_job& job) {
  auto reference = parse_image_reference(job.reference);
  if (!reference)
    return reference.error();
  auto program = skopeo{job.scratch, job.auth_json};
  report({"pull", "", 0, 0});
  // As the registry has it: in OCI's format SHELL and ONBUILD would be lost.
  auto copied = program.run({"copy", "--quiet",
                             tls_option("src-tls-verify", job.insecure),
                             skopeo_name(*reference), "dir:" + job.out},
                            job.patience);
  if (!copied)
    return copied.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  if (auto made = make_layout(out->get()); !made)
    return made.error();
  auto digest = digest_of(job.out, layers::to_verify);
  if (!digest)
    return digest.error();
  return image_outcome{std::move(*digest)};
}

result<worker_outcome> run(const push_image_job& job) {
  auto program = skopeo{job.scratch, job.auth_json};
  auto digest = digest_of(job.layout, layers::known);
  if (!digest)
    return digest.error();
  if (*digest != job.digest)
    return make_error(ec::data_loss, "the image is not what was built");
  for (const auto& reference : job.references) {
    report({"push", reference, 0, 0});
    if (auto pushed = push_to(program, job, reference); !pushed)
      return make_error(code_of(pushed.error()),
                        reference + ": " + describe(pushed.error()));
  }
  return image_outcome{job.digest};
}

} // namespace berth::worker
