#include "app/berth-worker/image/skopeo.hpp"
#include "app/berth-worker/image/unpack.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/hasher.hpp"
#include "core/json_text.hpp"

#include <nlohmann/json.hpp>

namespace berth::worker {

namespace {

/// skopeo(1), with its files in the job's scratch directory.
class puller {
public:
  puller(const pull_job& job, skopeo program)
    : job_(job), program_(std::move(program)) {}

  /// The manifest or index that the reference means, as the registry has it.
  result<std::string> manifest(const image_reference&) const;
  result<void> copy(const image_reference&, size_t layers) const;
  std::string layout() const { return job_.scratch + "/layout"; }

private:
  const pull_job& job_;
  skopeo program_;
};

result<std::string> puller::manifest(const image_reference& what) const {
  return program_.run({"inspect", "--raw",
                       tls_option("tls-verify", job_.insecure),
                       skopeo_name(what)},
                      job_.patience);
}

result<void> puller::copy(const image_reference& what, size_t layers) const {
  uint64_t begun = 0;
  auto copied = program_.run(
    {"copy", tls_option("src-tls-verify", job_.insecure), skopeo_name(what),
     "oci:" + layout() + ":image"},
    job_.patience, [&](std::string_view line) {
      if (line.starts_with("Getting image source"))
        begun = 0; // each attempt says so first
      if (line.starts_with("Copying blob"))
        report(
          {"pull", "pulling layer " + std::to_string(++begun), begun, layers});
    });
  if (!copied)
    return copied.error();
  return {};
}

/// For progress only: 0 where an index does not tell.
size_t count_layers(const std::string& manifest) {
  auto parsed = parse_json_or_discard(manifest);
  if (!parsed.is_object() || !parsed.contains("layers"))
    return 0;
  return parsed["layers"].size();
}

} // namespace

result<worker_outcome> run(const pull_job& job) {
  auto reference = parse_image_reference(job.reference);
  if (!reference)
    return reference.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  auto pull = puller{job, skopeo{job.scratch, job.auth_json}};
  auto manifest = pull.manifest(*reference);
  if (!manifest)
    return manifest.error();
  // A tag may move meanwhile; its digest cannot.
  auto digest = "sha256:" + sha256_hex(*manifest);
  if (!reference->digest.empty() && reference->digest != digest)
    return make_error(ec::data_loss,
                      "pull: the registry sent another manifest");
  reference->digest = digest;
  if (auto ok = pull.copy(*reference, count_layers(*manifest)); !ok)
    return ok.error();
  auto layout = open_directory(pull.layout());
  if (!layout)
    return layout.error();
  auto done = unpack_layout(layout->get(), out->get(),
                            {job.have.begin(), job.have.end()});
  if (!done)
    return done.error();
  done->digest = std::move(digest);
  return std::move(*done);
}

} // namespace berth::worker
