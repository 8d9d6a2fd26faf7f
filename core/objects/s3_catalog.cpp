#include "core/objects/s3_catalog.hpp"

#include "core/log.hpp"
#include "core/objects/backup_index.hpp"

#include <chrono>

namespace berth {

std::string s3_catalog::manifest_key(const object_name& name) const {
  return key(name) + ".json";
}

std::string s3_catalog::list_key(const object_owner& of) const {
  return manifest_key({of, std::string{backup_file}});
}

result<backup_list> s3_catalog::read_list(const object_owner& of,
                                          s3::deadline until) const {
  if (auto valid = check_object_owner(of); !valid)
    return valid.error();
  auto expected = seen_.last(of);
  auto outdated = caf::error{};
  for (auto n = 0U;; ++n) {
    auto list = shown_list(of, until);
    if (!list && outdated && std::chrono::steady_clock::now() >= until)
      return outdated; // time ended while it was asked once more
    if (!list)
      return list;
    auto shown = list->kept.empty() ? 0 : list->kept.front().generation;
    if (shown > expected)
      if (auto noted = seen_.raise(of, shown); !noted)
        log_warning("generation-not-noted", of.meta_id,
                    describe(noted.error()));
    if (shown >= expected)
      return list;
    // A store of many machines may show what was for a moment.
    outdated = make_error(ec::data_loss,
                          "the store shows backup " + std::to_string(shown)
                            + " of " + of.owner + "/" + of.meta_id
                            + " as the newest, which was "
                            + std::to_string(expected) + " before");
    if (!bucket_.via().pause(n, until))
      return outdated;
  }
}

result<backup_list> s3_catalog::shown_list(const object_owner& of,
                                           s3::deadline until) const {
  auto there = bucket_.get(list_key(of), until);
  if (!there && code_of(there.error()) != ec::not_found)
    return there.error();
  auto kept
    = there ? generations_from_json(there->text) : foreign_backup(of, until);
  if (!kept)
    return kept.error();
  using kind = s3::condition::kind;
  auto was = there ? s3::condition{kind::etag, there->etag}
                   : s3::condition{kind::absent};
  return backup_list{std::move(*kept), std::move(was)};
}

result<std::vector<object_info>>
s3_catalog::foreign_backup(const object_owner& of, s3::deadline until) const {
  auto there = bucket_.list(key({of, "full.tar"}), 10, until);
  if (!there)
    return there.error();
  for (auto* file : {"full.tar.zst", "full.tar", "full.tar.gz"})
    for (const auto& each : *there) {
      if (each.key != key({of, file}))
        continue;
      auto info = object_info{};
      info.file = file;
      info.bytes = each.bytes;
      info.created_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          each.changed.time_since_epoch())
                          .count();
      info.generation = 1;
      return std::vector{info};
    }
  return std::vector<object_info>{};
}

result<object_info> s3_catalog::recorded(const object_name& name,
                                         s3::deadline until) const {
  if (is_trail_file(name.file)) {
    auto list = read_list(name.of, until);
    if (!list)
      return list.error();
    for (const auto& info : list->kept)
      if (info.file == name.file)
        return info;
    return make_error(ec::not_found, "no backup " + scheme_.qualified(name));
  }
  auto there = bucket_.get(manifest_key(name), until);
  if (there)
    return object_info_from_json(there->text);
  // Nobody else writes this kind: without a manifest it was never published.
  if (code_of(there.error()) != ec::not_found
      || name.file.ends_with(".tar.zst"))
    return there.error();
  auto unknown = object_info{};
  unknown.file = name.file;
  return unknown;
}

} // namespace berth
