#include "core/builds/job_json.hpp"

#include "core/content/digest.hpp"
#include "core/content/paths.hpp"
#include "core/json_reader.hpp"

namespace berth::build_json {

namespace {

namespace reader = json_reader;

constexpr size_t longest_reference = 4096;
constexpr size_t longest_login = size_t{1} << 20;
constexpr size_t most_images = 256;
constexpr size_t longest_id = 256;
constexpr size_t longest_warning = 4096;

/// Of a registry; longer than a build is none.
std::chrono::seconds patience_in(const json& from) {
  return std::chrono::seconds{reader::number<int64_t>(from, "patience", 3600)};
}

std::string sha256_digest(const json& from) {
  auto digest = reader::text(from, "digest", 256);
  if (!digest.starts_with("sha256:") || !parse_digest(digest))
    reader::refuse("digest", "is no sha256 digest");
  return digest;
}

fetch_image_job read_fetch(const json& from) {
  auto job = fetch_image_job{};
  job.reference = reader::text(from, "reference", longest_reference);
  job.out = reader::absolute_path(from, "out");
  job.scratch = reader::absolute_path(from, "scratch");
  job.insecure = reader::flag(from, "insecure");
  job.auth_json = reader::text(from, "auth_json", longest_login);
  job.patience = patience_in(from);
  return job;
}

push_image_job read_push(const json& from) {
  auto job = push_image_job{};
  job.layout = reader::absolute_path(from, "layout");
  job.digest = sha256_digest(from);
  job.references
    = reader::texts(from, "references", most_images, longest_reference);
  job.scratch = reader::absolute_path(from, "scratch");
  job.insecure = reader::flag(from, "insecure");
  job.auth_json = reader::text(from, "auth_json", longest_login);
  job.patience = patience_in(from);
  return job;
}

json write_base(const build_base& base) {
  return {{"reference", base.reference},
          {"digest", base.digest},
          {"layout", base.layout},
          {"tree", base.tree},
          {"env", base.config.env},
          {"user", base.config.user},
          {"working_dir", base.config.working_dir},
          {"container", base.config.container},
          {"created_s", base.created_s}};
}

build_base read_base(const json& from) {
  auto base = build_base{};
  base.reference = reader::text(from, "reference", longest_reference);
  base.digest = sha256_digest(from);
  base.layout = reader::text(from, "layout", 4096);
  base.tree = reader::text(from, "tree", 4096);
  base.config.env = reader::texts(from, "env", 1000, 128 * 1024);
  base.config.user = reader::text(from, "user", 1024);
  base.config.working_dir = reader::text(from, "working_dir", 4096);
  base.config.container = reader::text(from, "container", 64);
  base.created_s = reader::number<int64_t>(from, "created_s");
  return base;
}

build_image_job read_build(const json& from) {
  auto job = build_image_job{};
  job.context = reader::absolute_path(from, "context");
  job.dockerfile = read_inner_path(from, "dockerfile", false);
  job.directory = read_inner_path(from, "directory", true);
  job.storage = reader::absolute_path(from, "storage");
  job.scratch = reader::absolute_path(from, "scratch");
  job.out = reader::absolute_path(from, "out");
  for (const auto& base : reader::array(from, "bases", most_images))
    job.bases.push_back(read_base(base));
  job.compress = reader::flag(from, "compress");
  job.known_id = reader::text(from, "known_id", longest_id);
  job.known_digest = reader::text(from, "known_digest", longest_id);
  job.log_fd = reader::number<int>(from, "log_fd", 1 << 20);
  return job;
}

} // namespace

std::string read_inner_path(const json& from, const char* name,
                            bool may_be_empty) {
  auto path = reader::text(from, name, 4096);
  if (!is_inner_path(path) && !(may_be_empty && path.empty()))
    reader::refuse(name, "is no inner path");
  return path;
}

json write(const fetch_image_job& job) {
  return {{"job", "fetch-image"},
          {"reference", job.reference},
          {"out", job.out},
          {"scratch", job.scratch},
          {"insecure", job.insecure},
          {"auth_json", job.auth_json},
          {"patience", job.patience.count()}};
}

json write(const push_image_job& job) {
  return {{"job", "push-image"},        {"layout", job.layout},
          {"digest", job.digest},       {"references", job.references},
          {"scratch", job.scratch},     {"insecure", job.insecure},
          {"auth_json", job.auth_json}, {"patience", job.patience.count()}};
}

json write(const build_image_job& job) {
  auto bases = json::array();
  for (const auto& base : job.bases)
    bases.push_back(write_base(base));
  return {{"job", "build-image"},
          {"context", job.context},
          {"dockerfile", job.dockerfile},
          {"directory", job.directory},
          {"storage", job.storage},
          {"scratch", job.scratch},
          {"out", job.out},
          {"bases", std::move(bases)},
          {"compress", job.compress},
          {"known_id", job.known_id},
          {"known_digest", job.known_digest},
          {"log_fd", job.log_fd}};
}

json write(const context_outcome& outcome) {
  return {{"outcome", "context"},
          {"images", outcome.images},
          {"warnings", outcome.warnings}};
}

json write(const image_outcome& outcome) {
  return {{"outcome", "image"},
          {"digest", outcome.digest},
          {"id", outcome.id},
          {"is_left_out", outcome.is_left_out}};
}

std::optional<worker_job> read_build_job(const std::string& kind,
                                         const json& from) {
  if (kind == "fetch-image")
    return read_fetch(from);
  if (kind == "push-image")
    return read_push(from);
  if (kind == "build-image")
    return read_build(from);
  return std::nullopt;
}

std::optional<worker_outcome> read_build_outcome(const std::string& kind,
                                                 const json& from) {
  if (kind == "context")
    return context_outcome{
      reader::texts(from, "images", most_images, longest_reference),
      reader::texts(from, "warnings", most_worker_warnings, longest_warning)};
  if (kind == "image")
    return image_outcome{sha256_digest(from),
                         reader::text(from, "id", longest_id),
                         reader::flag(from, "is_left_out")};
  return std::nullopt;
}

} // namespace berth::build_json
