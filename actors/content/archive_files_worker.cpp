#include "actors/content/archive_files_worker.hpp"

#include "actors/content/piece_files_worker.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace berth {

namespace {

object_owner owner_of(const archive_record& archive) {
  return {archive.owner, archive.meta_id};
}

/// The name it has in the storage, if it is there already: a crash may come
/// after the publication and before anybody notes it.
result<std::optional<object_name>> find_published(object_storage& storage,
                                                  const archive_record& what) {
  auto is_it = [&](const object_info& info) {
    return info.created_ns == what.created_ns && info.sha256 == what.sha256;
  };
  if (is_snapshot(what.purpose)) {
    auto name = object_name{owner_of(what), snapshot_file(what.created_ns)};
    auto opened = storage.open(name);
    if (opened && is_it(opened->info))
      return name;
    if (opened || code_of(opened.error()) == ec::not_found)
      return std::nullopt;
    return opened.error();
  }
  auto kept = storage.generations(owner_of(what));
  if (!kept)
    return kept.error();
  if (std::any_of(kept->begin(), kept->end(), is_it))
    return object_name{owner_of(what), std::string{backup_file}};
  return std::nullopt;
}

} // namespace

result<staged_archive> stage(object_storage& storage,
                             const stage_archive& what) {
  auto content = sys::open_directory(what.directory);
  if (!content)
    return make_error(ec::failed_precondition, "no content on this node");
  auto staged = storage.staging().create(what.name);
  if (!staged)
    return staged.error();
  auto ends = std::array{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", what.name);
  auto out
    = staged_archive{std::make_shared<const staged_object>(std::move(*staged)),
                     std::make_shared<const sys::fd>(ends[1]),
                     std::make_shared<const sys::fd>(ends[0])};
  if (what.pieces) {
    auto pieces = stage_pieces(storage, what);
    if (!pieces)
      return pieces.error();
    out.pieces = std::move(*pieces);
  }
  return out;
}

result<reopened_archive> reopen(object_storage& storage,
                                const reopen_archive& what) {
  auto published = find_published(storage, what.archive);
  if (!published)
    return published.error();
  if (*published)
    return reopened_archive{nullptr, storage.scheme().qualified(**published)};
  auto staged = storage.staging().reopen(what.archive.id);
  if (!staged)
    return staged.error();
  return reopened_archive{
    std::make_shared<const staged_object>(std::move(*staged)), ""};
}

result<published_archive> publish(object_storage& storage,
                                  const publish_archive& what) {
  const auto& archive = what.archive;
  auto published = find_published(storage, archive);
  if (!published)
    return published.error();
  if (*published)
    return published_archive{storage.scheme().qualified(**published)};
  auto info = object_info{};
  info.bytes = archive.bytes;
  info.sha256 = archive.sha256;
  info.entries = archive.entries;
  info.created_ns = archive.created_ns;
  info.needs = archive.needs;
  auto of = owner_of(archive);
  auto name = is_snapshot(archive.purpose)
                ? storage.publish_snapshot(of, *what.object, info)
                : storage.publish_backup(of, *what.object, info);
  if (!name)
    return name.error();
  return published_archive{storage.scheme().qualified(*name)};
}

result<void> clean(object_storage& storage, const clean_storage& what) {
  auto cleaned = storage.staging().keep_only(what.keep);
  auto err = std::error_code{};
  for (const auto& entry : std::filesystem::directory_iterator{what.views, err})
    if (!what.keep.contains(entry.path().filename().native()))
      if (auto removed = sys::remove_tree(entry.path()); !removed)
        cleaned = removed;
  clean_indexes(what.pieces);
  return cleaned;
}

} // namespace berth
