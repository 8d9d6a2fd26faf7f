#include "core/worker_job.hpp"

#include "core/base64.hpp"
#include "core/builds/job_json.hpp"
#include "core/content/digest.hpp"
#include "core/json_reader.hpp"
#include "core/json_text.hpp"

#include <algorithm>

namespace berth {

namespace {

using json = nlohmann::json;
namespace reader = json_reader;
using build_json::read_build_job;
using build_json::write;

constexpr size_t max_job = 16 * 1024 * 1024;
constexpr size_t max_entries = 1000;
constexpr uint32_t max_milliseconds = 24 * 3600 * 1000;
constexpr int64_t max_patience = 3600; ///< s
constexpr size_t max_parts = 64;

// Passwords and serialized messages need not be UTF-8, which JSON is.
std::string binary(const json& object, const char* name) {
  auto bytes = from_base64(reader::text(object, name, max_job));
  if (!bytes)
    reader::refuse(name, "is not base64");
  return std::move(*bytes);
}

std::string absolute(const json& object, const char* name) {
  return reader::absolute_path(object, name);
}

int descriptor(const json& object, const char* name) {
  return reader::number<int>(object, name, 1 << 20);
}

int descriptor_or_none(const json& object, const char* name) {
  return object.contains(name) ? descriptor(object, name) : -1;
}

json write(const object_source& source) {
  auto out = json{
    {"fd", source.fd}, {"bytes", source.bytes}, {"sha256", source.sha256}};
  for (const auto& part : source.parts)
    out["parts"].push_back(write(part));
  return out;
}

object_source read_source(const json& from) {
  auto source = object_source{descriptor(from, "fd"),
                              reader::number<uint64_t>(from, "bytes"),
                              reader::text(from, "sha256", 64)};
  if (source.fd < 0)
    reader::refuse("fd", "is negative");
  if (!source.sha256.empty() && !is_hex(source.sha256, 64))
    reader::refuse("sha256", "is not 64 hex digits");
  if (from.contains("parts"))
    for (const auto& part : reader::array(from, "parts", max_parts))
      source.parts.push_back(read_source(part));
  return source;
}

json write(const initialize_job& job) {
  auto out = json{{"job", "initialize"},
                  {"destination", job.destination},
                  {"initializer", to_base64(job.initializer)},
                  {"uid", job.uid},
                  {"gid", job.gid},
                  {"allow_file_urls", job.allow_file_urls},
                  {"without_history", job.without_history},
                  {"denied_networks", job.denied_networks},
                  {"download_networks", job.download_networks},
                  {"meta_id", job.meta_id},
                  {"secrets", json::object()},
                  {"snapshots", json::object()},
                  {"mirrors", job.mirrors}};
  for (const auto& [path, secret] : job.secrets)
    out["secrets"][path] = to_base64(secret);
  for (const auto& [name, source] : job.snapshots)
    out["snapshots"][name] = write(source);
  if (job.backup)
    out["backup"] = write(*job.backup);
  if (job.index_fd >= 0)
    out["index_fd"] = job.index_fd;
  return out;
}

initialize_job read_initialize(const json& from) {
  auto job = initialize_job{};
  job.destination = absolute(from, "destination");
  job.initializer = binary(from, "initializer");
  job.uid = reader::number<uint32_t>(from, "uid", 65535);
  job.gid = reader::number<uint32_t>(from, "gid", 65535);
  job.allow_file_urls = reader::flag(from, "allow_file_urls");
  job.without_history = reader::flag(from, "without_history");
  job.denied_networks = reader::texts(from, "denied_networks", max_entries, 64);
  job.meta_id = reader::text(from, "meta_id", 255);
  job.download_networks
    = reader::texts(from, "download_networks", max_entries, 64);
  const auto& secrets = reader::member(from, "secrets");
  const auto& snapshots = reader::member(from, "snapshots");
  if (!secrets.is_object() || !snapshots.is_object())
    reader::refuse("secrets or snapshots", "is no object");
  for (const auto& [path, value] : secrets.items())
    job.secrets[path] = binary(secrets, path.c_str());
  for (const auto& [name, value] : snapshots.items())
    job.snapshots[name] = read_source(value);
  if (from.contains("backup"))
    job.backup = read_source(from["backup"]);
  if (from.contains("mirrors"))
    for (const auto& [url, ignored] : from["mirrors"].items())
      job.mirrors[url] = absolute(from["mirrors"], url.c_str());
  job.index_fd = descriptor_or_none(from, "index_fd");
  return job;
}

json write(const context_job& job) {
  return {{"job", "context"},
          {"content", write(job.content)},
          {"dockerfile", job.dockerfile},
          {"directory", job.directory}};
}

worker_job read_context(const json& from) {
  return context_job{read_initialize(reader::member(from, "content")),
                     build_json::read_inner_path(from, "dockerfile", false),
                     build_json::read_inner_path(from, "directory", true)};
}

json write(const pieces_wanted& pieces) {
  auto out = json{{"objects", pieces.objects},
                  {"sha256", pieces.sha256},
                  {"settled_before", pieces.settled_before},
                  {"is_view", pieces.is_view}};
  if (pieces.index_fd >= 0)
    out["index_fd"] = pieces.index_fd;
  if (pieces.new_index_fd >= 0)
    out["new_index_fd"] = pieces.new_index_fd;
  return out;
}

pieces_wanted read_pieces(const json& from) {
  auto pieces = pieces_wanted{};
  pieces.index_fd = descriptor_or_none(from, "index_fd");
  pieces.objects = reader::numbers<uint64_t>(from, "objects", max_parts);
  pieces.sha256 = reader::text(from, "sha256", 64);
  pieces.new_index_fd = descriptor_or_none(from, "new_index_fd");
  pieces.is_view = reader::flag(from, "is_view");
  pieces.settled_before = reader::number<int64_t>(from, "settled_before");
  return pieces;
}

json write(const archive_job& job) {
  auto out
    = json{{"job", "archive"}, {"source", job.source}, {"out_fd", job.out_fd}};
  if (job.checkout_location)
    out["checkout_location"] = *job.checkout_location;
  if (job.signal_fd >= 0)
    out["signal_fd"] = job.signal_fd;
  if (job.pieces)
    out["pieces"] = write(*job.pieces);
  return out;
}

worker_job read_archive(const json& from) {
  auto job
    = archive_job{absolute(from, "source"), descriptor(from, "out_fd"), {}};
  if (from.contains("checkout_location"))
    job.checkout_location = reader::text(from, "checkout_location", 4096);
  job.signal_fd = descriptor_or_none(from, "signal_fd");
  if (from.contains("pieces"))
    job.pieces = read_pieces(from["pieces"]);
  return job;
}

json write(const status_job& job) {
  return {{"job", "status"},
          {"source", job.source},
          {"checkout_location", job.checkout_location}};
}

json write(const verify_job& job) {
  auto out = json{{"job", "verify"},
                  {"archive", write(job.archive)},
                  {"pieces", job.pieces},
                  {"is_partial", job.is_partial}};
  if (job.signal_fd >= 0)
    out["signal_fd"] = job.signal_fd;
  if (job.index_fd >= 0)
    out["index_fd"] = job.index_fd;
  return out;
}

json write(const copy_job& job) {
  return {{"job", "copy"},
          {"source", job.source},
          {"destination", job.destination},
          {"note_origins", job.note_origins}};
}

json write(const mirror_job& job) {
  return {{"job", "mirror"},
          {"destination", job.destination},
          {"url", job.url},
          {"user", to_base64(job.user)},
          {"password", to_base64(job.password)},
          {"denied_networks", job.denied_networks}};
}

worker_job read_mirror(const json& from) {
  auto job = mirror_job{};
  job.destination = absolute(from, "destination");
  job.url = reader::text(from, "url", 4096);
  job.user = binary(from, "user");
  job.password = binary(from, "password");
  job.denied_networks = reader::texts(from, "denied_networks", max_entries, 64);
  return job;
}

json write(const unpack_job& job) {
  auto out = json{{"job", "unpack"}, {"out", job.out}};
  if (job.layout.empty())
    return out["in_fd"] = job.in_fd, out;
  out["layout"] = job.layout;
  out["have"] = job.have;
  return out;
}

worker_job read_unpack(const json& from) {
  auto out = absolute(from, "out");
  if (!from.contains("layout"))
    return unpack_job{descriptor(from, "in_fd"), std::move(out), {}, {}};
  return unpack_job{-1, std::move(out), absolute(from, "layout"),
                    reader::texts(from, "have", 100'000, 64)};
}

json write(const pull_job& job) {
  return {{"job", "pull"},
          {"reference", job.reference},
          {"out", job.out},
          {"scratch", job.scratch},
          {"insecure", job.insecure},
          {"auth_json", job.auth_json},
          {"have", job.have},
          {"patience", job.patience.count()}};
}

worker_job read_pull(const json& from) {
  auto job = pull_job{};
  job.reference = reader::text(from, "reference", 4096);
  job.out = absolute(from, "out");
  job.scratch = absolute(from, "scratch");
  job.insecure = reader::flag(from, "insecure");
  job.auth_json = reader::text(from, "auth_json", 1024 * 1024);
  job.have = reader::texts(from, "have", 100'000, 64);
  job.patience = std::chrono::seconds{
    reader::number<int64_t>(from, "patience", max_patience)};
  return job;
}

json write(const resolve_job& job) {
  return {{"job", "resolve"},
          {"reference", job.reference},
          {"insecure", job.insecure},
          {"user", to_base64(job.login.user)},
          {"password", to_base64(job.login.password)},
          {"identity_token", to_base64(job.login.identity_token)},
          {"known_hosts", job.known_hosts},
          {"attempts", job.attempts},
          {"attempt_limit_ms", job.attempt_limit.count()},
          {"first_pause_ms", job.first_pause.count()},
          {"longest_pause_ms", job.longest_pause.count()}};
}

worker_job read_resolve(const json& from) {
  auto time = [&](const char* name) {
    return std::chrono::milliseconds{
      reader::number<uint32_t>(from, name, max_milliseconds)};
  };
  auto job = resolve_job{};
  job.reference = reader::text(from, "reference", 4096);
  job.insecure = reader::flag(from, "insecure");
  job.login = {binary(from, "user"), binary(from, "password"),
               binary(from, "identity_token")};
  job.known_hosts = reader::texts(from, "known_hosts", max_entries, 512);
  job.attempts = reader::number<uint32_t>(from, "attempts", 100);
  job.attempt_limit = time("attempt_limit_ms");
  job.first_pause = time("first_pause_ms");
  job.longest_pause = time("longest_pause_ms");
  return job;
}

worker_job read_job(const json& from) {
  auto kind = reader::text(from, "job");
  if (kind == "initialize")
    return read_initialize(from);
  if (kind == "context")
    return read_context(from);
  if (kind == "archive")
    return read_archive(from);
  if (kind == "status")
    return status_job{absolute(from, "source"),
                      reader::text(from, "checkout_location", 4096)};
  if (kind == "verify")
    return verify_job{
      read_source(reader::member(from, "archive")),
      descriptor_or_none(from, "signal_fd"), reader::flag(from, "pieces"),
      reader::flag(from, "is_partial"), descriptor_or_none(from, "index_fd")};
  if (kind == "copy")
    return copy_job{absolute(from, "source"), absolute(from, "destination"),
                    reader::flag(from, "note_origins")};
  if (kind == "mirror")
    return read_mirror(from);
  if (kind == "unpack")
    return read_unpack(from);
  if (kind == "pull")
    return read_pull(from);
  if (kind == "resolve")
    return read_resolve(from);
  if (auto job = read_build_job(kind, from))
    return std::move(*job);
  reader::refuse("job", "is of no known kind");
}

} // namespace

std::string to_json(const worker_job& job) {
  return std::visit([](const auto& value) { return print_json(write(value)); },
                    job);
}

result<worker_job> job_from_json(std::string_view text) {
  if (text.size() > max_job)
    return make_error(ec::invalid_argument, "job is too long");
  try {
    return read_job(parse_json(text));
  } catch (const std::exception& why) {
    return make_error(ec::invalid_argument, "job: " + std::string{why.what()});
  }
}

} // namespace berth
