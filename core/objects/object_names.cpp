#include "core/objects/object_names.hpp"

#include "model/ids.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr std::string_view bucket_prefix = "gitpod-user-";
constexpr std::string_view key_prefix = "workspaces/";

/// Takes `what` off the front of `text`, if it is there.
bool skip(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what))
    return false;
  text.remove_prefix(what.size());
  return true;
}

bool is_archive_suffix(std::string_view text) {
  return text == ".tar" || text == ".tar.gz" || text == ".tar.zst";
}

bool is_numbered(std::string_view file, std::string_view prefix) {
  if (!skip(file, prefix))
    return false;
  auto digits = file.substr(0, file.find('.'));
  return !digits.empty() && digits.size() <= 20
         && std::all_of(digits.begin(), digits.end(),
                        [](char c) { return c >= '0' && c <= '9'; })
         && is_archive_suffix(file.substr(digits.size()));
}

caf::error bad_name() {
  return make_error(ec::invalid_argument,
                    "a snapshot is named workspaces/<workspace>/<object>"
                    "@gitpod-user-<owner>");
}

} // namespace

std::string object_name::bucket() const {
  return std::string{bucket_prefix} + of.owner;
}

std::string object_name::key() const {
  return std::string{key_prefix} + of.meta_id + "/" + file;
}

std::string object_name::qualified() const {
  return key() + "@" + bucket();
}

std::string snapshot_file(int64_t unix_ns) {
  return "snapshot-" + std::to_string(unix_ns) + ".tar.zst";
}

std::string trail_file(int64_t unix_ns) {
  return "trail-" + std::to_string(unix_ns) + ".tar.zst";
}

std::string log_file(const std::string& instance, const std::string& task) {
  return "instances/" + instance + "/logs/" + task;
}

bool is_backup_file(std::string_view file) {
  return skip(file, "full") && is_archive_suffix(file);
}

bool is_trail_file(std::string_view file) {
  return is_numbered(file, "trail-");
}

bool is_snapshot_file(std::string_view file) {
  return is_numbered(file, "snapshot-");
}

result<void> check_object_owner(const object_owner& of) {
  if (!is_valid_id(of.owner) || !is_valid_id(of.meta_id))
    return make_error(ec::invalid_argument, "owner or workspace id not valid");
  return {};
}

result<object_name> parse_object_name(std::string_view qualified) {
  auto at = qualified.find('@');
  if (at == std::string_view::npos || at != qualified.rfind('@'))
    return bad_name();
  auto key = qualified.substr(0, at);
  auto bucket = qualified.substr(at + 1);
  if (!skip(key, key_prefix) || !skip(bucket, bucket_prefix))
    return bad_name();
  auto slash = key.find('/');
  if (slash == std::string_view::npos)
    return bad_name();
  auto name
    = object_name{{std::string{bucket}, std::string{key.substr(0, slash)}},
                  std::string{key.substr(slash + 1)}};
  if (!check_object_owner(name.of))
    return bad_name();
  if (!is_backup_file(name.file) && !is_trail_file(name.file)
      && !is_snapshot_file(name.file))
    return bad_name();
  return name;
}

} // namespace berth
