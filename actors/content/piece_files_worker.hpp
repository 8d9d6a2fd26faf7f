#pragma once

#include "actors/content/disk.hpp"

/// What the disk worker does for backups in pieces: the indexes of a workspace
/// are files of one directory, each of the name of the backup it speaks of.
namespace berth {

/// An empty file for what will be known of a backup.
result<sys::shared_fd> stage_index(const std::string& directory,
                                   const std::string& name);

/// What the archive begins with. Puts what was written to the content on disk,
/// if something writes to it: what is mapped into memory shows in the times of
/// its file only after that.
result<staged_pieces> stage_pieces(const object_storage&, const stage_archive&);

/// See `keep_index`.
result<void> keep(const keep_index&);

/// Removes indexes that nobody has used for long.
void clean_indexes(const std::string& all);

} // namespace berth
