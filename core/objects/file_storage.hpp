#pragma once

#include "core/objects/object_storage.hpp"

#include <filesystem>
#include <memory>

namespace berth {

/// A storage in a directory of this machine:
///
///   <root>/.berth-storage                  which storage it is
///   <root>/.staging/<name>                 not visible yet
///   <root>/<bucket>/workspaces/<meta id>/
///     trail-<ns>.tar.zst                   each kept backup, never changed
///     trail-<ns>.inc.zst                   one that needs some of the others
///     full.tar.zst.json                    lists them, newest first; replacing
///                                          it is the commit of a backup
///     full.tar.zst                         the newest one under the name that
///                                          other readers of the layout expect,
///                                          if they can read it
///     snapshot-<ns>.tar.zst{,.json}
///     instances/<instance>/logs/<task>
///
/// A `full.tar` that somebody put there is read, and kept as a generation, as
/// long as there is no list. `keep` is how many earlier backups stay. `known`
/// is the file of a `storage_mark`.
std::unique_ptr<object_storage>
make_file_storage(const std::filesystem::path& root, uint32_t keep,
                  std::filesystem::path known = {});

} // namespace berth
