#include "core/base64.hpp"
#include "core/builds/job_json.hpp"
#include "core/content/digest.hpp"
#include "core/content/paths.hpp"
#include "core/json_reader.hpp"
#include "core/json_text.hpp"
#include "core/worker_job.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace berth {

namespace {

using json = nlohmann::json;
namespace reader = json_reader;
using build_json::read_build_outcome;
using build_json::write;

constexpr size_t max_words = 16 * 1024;
constexpr size_t max_layers = 128; // 127 of an image and the finish layer
constexpr size_t max_needs = 64;
constexpr size_t max_opaque = 100'000;
constexpr size_t max_inner_path = 64 * 1024;
constexpr size_t max_status_entries = 101; // 100 and "... and <n> more"

constexpr std::array<std::string_view, 6> metric_kinds{
  "git", "fileDownload", "snapshot", "fromBackup", "prebuild", "composite"};
constexpr std::array<std::string_view, 3> content_sources{
  "from-backup", "from-prebuild", "from-other"};

template <size_t N>
std::string one_of(const std::array<std::string_view, N>& words,
                   const json& from, const char* name) {
  auto text = reader::text(from, name, 64);
  if (std::find(words.begin(), words.end(), text) == words.end())
    reader::refuse(name, "is none of the known words");
  return text;
}

std::string sha256_hex(const json& from, const char* name) {
  auto hex = reader::text(from, name, 64);
  if (!is_hex(hex, 64))
    reader::refuse(name, "is not 64 hex digits");
  return hex;
}

json write(const initialize_outcome& outcome) {
  auto metrics = json::array();
  for (const auto& metric : outcome.metrics)
    metrics.push_back({{"kind", metric.kind},
                       {"took_ns", metric.took.count()},
                       {"bytes", metric.bytes}});
  return {{"outcome", "initialized"},
          {"source", outcome.source},
          {"metrics", std::move(metrics)},
          {"mirror_failed", outcome.mirror_failed},
          {"warnings", outcome.warnings}};
}

worker_outcome read_initialized(const json& from) {
  auto outcome
    = initialize_outcome{one_of(content_sources, from, "source"), {}};
  for (const auto& entry : reader::array(from, "metrics", 100))
    outcome.metrics.push_back(
      {one_of(metric_kinds, entry, "kind"),
       duration{reader::number<int64_t>(entry, "took_ns")},
       reader::number<uint64_t>(entry, "bytes")});
  if (from.contains("mirror_failed"))
    outcome.mirror_failed = reader::flag(from, "mirror_failed");
  outcome.warnings
    = reader::texts(from, "warnings", most_worker_warnings, max_words);
  return outcome;
}

json write(const git_status& status) {
  return {{"branch", status.branch},
          {"latest_commit", status.latest_commit},
          {"uncommitted_files", status.uncommitted_files},
          {"untracked_files", status.untracked_files},
          {"unpushed_commits", status.unpushed_commits},
          {"total_uncommitted_files", status.total_uncommitted_files},
          {"total_untracked_files", status.total_untracked_files},
          {"total_unpushed_commits", status.total_unpushed_commits}};
}

git_status read_status(const json& from) {
  auto list = [&](const char* name) {
    return reader::texts(from, name, max_status_entries, max_words);
  };
  auto total = [&](const char* name) {
    return static_cast<int64_t>(reader::number<uint32_t>(from, name));
  };
  auto status = git_status{};
  status.branch = reader::text(from, "branch", max_words);
  status.latest_commit = reader::text(from, "latest_commit", 64);
  status.uncommitted_files = list("uncommitted_files");
  status.untracked_files = list("untracked_files");
  status.unpushed_commits = list("unpushed_commits");
  status.total_uncommitted_files = total("total_uncommitted_files");
  status.total_untracked_files = total("total_untracked_files");
  status.total_unpushed_commits = total("total_unpushed_commits");
  return status;
}

json write(const archive_outcome& outcome) {
  auto out = json{{"outcome", "archived"},    {"bytes", outcome.bytes},
                  {"sha256", outcome.sha256}, {"entries", outcome.entries},
                  {"needs", outcome.needs},   {"left_out", outcome.left_out}};
  if (outcome.repo)
    out["repo"] = write(*outcome.repo);
  return out;
}

/// Positions, ascending.
std::vector<uint32_t> read_needs(const json& from) {
  auto needs = reader::numbers<uint32_t>(from, "needs", max_needs);
  if (std::adjacent_find(needs.begin(), needs.end(), std::greater_equal<>{})
      != needs.end())
    reader::refuse("needs", "is not in order");
  return needs;
}

worker_outcome read_archived(const json& from) {
  auto outcome = archive_outcome{reader::number<uint64_t>(from, "bytes"),
                                 sha256_hex(from, "sha256"),
                                 reader::number<uint64_t>(from, "entries"),
                                 {},
                                 read_needs(from),
                                 reader::number<uint64_t>(from, "left_out")};
  if (from.contains("repo"))
    outcome.repo = read_status(from["repo"]);
  return outcome;
}

json write(const status_outcome& outcome) {
  auto out = json{{"outcome", "looked"}};
  if (outcome.repo)
    out["repo"] = write(*outcome.repo);
  return out;
}

worker_outcome read_looked(const json& from) {
  auto outcome = status_outcome{};
  if (from.contains("repo"))
    outcome.repo = read_status(from["repo"]);
  return outcome;
}

json write(const verify_outcome& outcome) {
  return {{"outcome", "verified"},
          {"entries", outcome.entries},
          {"bytes", outcome.bytes},
          {"sha256", outcome.sha256},
          {"needs", outcome.needs}};
}

worker_outcome read_verified(const json& from) {
  return verify_outcome{reader::number<uint64_t>(from, "entries"),
                        reader::number<uint64_t>(from, "bytes"),
                        sha256_hex(from, "sha256"), read_needs(from)};
}

json write(const copy_outcome& outcome) {
  return {{"outcome", "copied"},
          {"entries", outcome.entries},
          {"bytes", outcome.bytes},
          {"left_out", outcome.left_out}};
}

json write(const mirror_outcome& outcome) {
  return {{"outcome", "mirrored"}, {"packs", outcome.packs}};
}

json write(const unpacked_layer& layer) {
  // Names in an image need not be UTF-8, and these must come back exactly.
  auto opaque = json::array();
  for (const auto& path : layer.opaque)
    opaque.push_back(to_base64(path));
  return {{"directory", layer.directory},
          {"bytes", layer.bytes},
          {"opaque", std::move(opaque)}};
}

bool is_layer_name(std::string_view name) {
  constexpr std::string_view finish = "finish-";
  return name.starts_with(finish) ? is_hex(name.substr(finish.size()), 64)
                                  : is_hex(name, 64);
}

unpacked_layer read_layer(const json& from) {
  auto layer = unpacked_layer{reader::text(from, "directory", 80),
                              reader::number<uint64_t>(from, "bytes"),
                              {}};
  if (!is_layer_name(layer.directory))
    reader::refuse("directory", "is no name of a layer");
  for (const auto& text :
       reader::texts(from, "opaque", max_opaque, max_inner_path)) {
    auto path = from_base64(text);
    // The empty path is the root of the layer.
    if (!path || (!path->empty() && !is_inner_path(*path, max_inner_path)))
      reader::refuse("opaque", "has an entry that is no inner path");
    layer.opaque.push_back(std::move(*path));
  }
  return layer;
}

json write(const unpack_outcome& outcome) {
  auto layers = json::array();
  for (const auto& layer : outcome.layers)
    layers.push_back(write(layer));
  return {{"outcome", "unpacked"},
          {"digest", outcome.digest},
          {"layers", std::move(layers)},
          {"env", outcome.config.env},
          {"user", outcome.config.user},
          {"working_dir", outcome.config.working_dir},
          {"container", outcome.config.container}};
}

std::string image_digest(const json& from) {
  auto digest = reader::text(from, "digest", 256);
  if (!digest.starts_with("sha256:") || !parse_digest(digest))
    reader::refuse("digest", "is no sha256 digest");
  return digest;
}

worker_outcome read_unpacked(const json& from) {
  auto outcome = unpack_outcome{};
  outcome.digest = image_digest(from);
  for (const auto& layer : reader::array(from, "layers", max_layers))
    outcome.layers.push_back(read_layer(layer));
  outcome.config.env = reader::texts(from, "env", 1000, 128 * 1024);
  outcome.config.user = reader::text(from, "user", 1024);
  outcome.config.working_dir = reader::text(from, "working_dir", 4096);
  outcome.config.container = reader::text(from, "container", 64);
  return outcome;
}

json write(const resolve_outcome& outcome) {
  return {{"outcome", "resolved"}, {"digest", outcome.digest}};
}

worker_outcome read_outcome(const json& from) {
  auto kind = reader::text(from, "outcome");
  if (kind == "initialized")
    return read_initialized(from);
  if (kind == "archived")
    return read_archived(from);
  if (kind == "looked")
    return read_looked(from);
  if (kind == "verified")
    return read_verified(from);
  if (kind == "copied")
    return copy_outcome{reader::number<uint64_t>(from, "entries"),
                        reader::number<uint64_t>(from, "bytes"),
                        reader::number<uint64_t>(from, "left_out")};
  if (kind == "mirrored")
    return mirror_outcome{reader::number<uint64_t>(from, "packs")};
  if (kind == "unpacked")
    return read_unpacked(from);
  if (kind == "resolved")
    return resolve_outcome{image_digest(from)};
  if (auto outcome = read_build_outcome(kind, from))
    return std::move(*outcome);
  reader::refuse("outcome", "is of no known kind");
}

json write(const worker_progress& progress) {
  return {{"progress", progress.what},
          {"text", progress.text},
          {"done", progress.done},
          {"total", progress.total}};
}

json write(const result<worker_outcome>& outcome) {
  if (!outcome)
    return {{"error", to_string(code_of(outcome.error()))},
            {"text", describe(outcome.error())}};
  return std::visit([](const auto& value) { return write(value); }, *outcome);
}

worker_message read_message(const json& from) {
  if (from.contains("progress"))
    return worker_progress{reader::text(from, "progress", 64),
                           reader::text(from, "text", max_words),
                           reader::number<uint64_t>(from, "done"),
                           reader::number<uint64_t>(from, "total")};
  if (!from.contains("error"))
    return result<worker_outcome>{read_outcome(from)};
  auto code = ec_from_string(reader::text(from, "error", 64));
  if (code == ec::none)
    reader::refuse("error", "is none");
  return result<worker_outcome>{
    make_error(code, reader::text(from, "text", max_words))};
}

} // namespace

std::string to_json(const worker_message& message) {
  auto out
    = std::visit([](const auto& value) { return write(value); }, message);
  // File names and messages of others need not be UTF-8; these are for people.
  return print_json_lossy(out);
}

result<worker_message> message_from_json(std::string_view text) {
  if (text.size() > longest_worker_message)
    return make_error(ec::invalid_argument, "worker's message is too long");
  try {
    auto parsed = parse_json(text);
    if (!parsed.is_object())
      reader::refuse("it", "is no object");
    return read_message(parsed);
  } catch (const std::exception& why) {
    return make_error(ec::invalid_argument,
                      "worker's message: " + std::string{why.what()});
  }
}

} // namespace berth
