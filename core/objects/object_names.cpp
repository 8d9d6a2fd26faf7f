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

constexpr std::string_view partial_suffix = ".inc.zst";

bool is_archive_suffix(std::string_view text) {
  return text == ".tar" || text == ".tar.gz" || text == ".tar.zst";
}

/// What follows `prefix` and a number; empty if they do not come first.
std::string_view suffix_behind(std::string_view file, std::string_view prefix) {
  if (!skip(file, prefix))
    return {};
  auto digits = file.substr(0, file.find('.'));
  auto are_digits = !digits.empty() && digits.size() <= 20
                    && std::all_of(digits.begin(), digits.end(),
                                   [](char c) { return c >= '0' && c <= '9'; });
  return are_digits ? file.substr(digits.size()) : std::string_view{};
}

caf::error bad_name(const std::string& shared) {
  return make_error(ec::invalid_argument,
                    shared.empty()
                      ? "a snapshot is named workspaces/<workspace>/<object>"
                        "@gitpod-user-<owner>"
                      : "a snapshot is named <owner>/workspaces/<workspace>"
                        "/<object>@"
                          + shared);
}

} // namespace

std::string bucket_scheme::bucket(const object_name& name) const {
  return shared_.empty() ? std::string{bucket_prefix} + name.of.owner : shared_;
}

std::string bucket_scheme::key(const object_name& name) const {
  auto key = std::string{key_prefix} + name.of.meta_id + "/" + name.file;
  return shared_.empty() ? key : name.of.owner + "/" + key;
}

std::string bucket_scheme::qualified(const object_name& name) const {
  return key(name) + "@" + bucket(name);
}

result<object_name> bucket_scheme::parse(std::string_view qualified) const {
  auto at = qualified.find('@');
  if (at == std::string_view::npos || at != qualified.rfind('@'))
    return bad_name(shared_);
  auto key = qualified.substr(0, at);
  auto owner = qualified.substr(at + 1);
  if (shared_.empty()) {
    if (!skip(owner, bucket_prefix))
      return bad_name(shared_);
  } else {
    if (owner != shared_)
      return bad_name(shared_);
    owner = key.substr(0, key.find('/'));
    key.remove_prefix(std::min(owner.size() + 1, key.size()));
  }
  if (!skip(key, key_prefix))
    return bad_name(shared_);
  auto slash = key.find('/');
  if (slash == std::string_view::npos)
    return bad_name(shared_);
  auto name
    = object_name{{std::string{owner}, std::string{key.substr(0, slash)}},
                  std::string{key.substr(slash + 1)}};
  auto is_archive = is_backup_file(name.file) || is_trail_file(name.file)
                    || is_snapshot_file(name.file);
  if (!check_object_owner(name.of) || !is_archive)
    return bad_name(shared_);
  return name;
}

std::string snapshot_file(int64_t unix_ns) {
  return "snapshot-" + std::to_string(unix_ns) + ".tar.zst";
}

std::string trail_file(int64_t unix_ns, bool is_partial) {
  return "trail-" + std::to_string(unix_ns)
         + (is_partial ? std::string{partial_suffix} : ".tar.zst");
}

std::string log_file(const std::string& instance, const std::string& task) {
  return "instances/" + instance + "/logs/" + task;
}

bool is_backup_file(std::string_view file) {
  return skip(file, "full") && is_archive_suffix(file);
}

bool is_trail_file(std::string_view file) {
  return is_archive_suffix(suffix_behind(file, "trail-"))
         || is_partial_file(file);
}

bool is_snapshot_file(std::string_view file) {
  return is_archive_suffix(suffix_behind(file, "snapshot-"));
}

bool is_partial_file(std::string_view file) {
  return suffix_behind(file, "trail-") == partial_suffix;
}

result<void> check_object_owner(const object_owner& of) {
  if (!is_valid_id(of.owner) || !is_valid_id(of.meta_id))
    return make_error(ec::invalid_argument, "owner or workspace id not valid");
  return {};
}

} // namespace berth
