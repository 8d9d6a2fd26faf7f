#pragma once

#include "core/objects/object_storage.hpp"
#include "core/s3/settings.hpp"

#include <filesystem>
#include <memory>

namespace berth {

/// A storage in one bucket of an S3 server:
///
///   <owner>/workspaces/<meta id>/
///     trail-<ns>.tar.zst               each kept backup, never changed
///     trail-<ns>.inc.zst               one that needs some of the others
///     full.tar.zst.json                lists them, newest first; replacing it
///                                      is the commit of a backup
///     full.tar.zst                     a copy of the newest one for other
///                                      readers of the layout, if they can
///                                      read it
///     snapshot-<ns>.tar.zst{,.json}    the manifest comes last: without it
///                                      there is no snapshot
///     instances/<instance>/logs/<task>
///
/// What is published waits in `staging`, on this machine. A `full.tar` that
/// somebody put there is read, and kept as a generation, as long as there is
/// no list. A list is replaced only if it is the one that was read, where the
/// store can tell. Which one was seen last is noted in `marks`: a store that
/// shows an earlier one is asked again, and then not believed. `keep` is how
/// many earlier backups stay.
std::unique_ptr<object_storage> make_s3_storage(s3::settings store,
                                                std::filesystem::path staging,
                                                std::filesystem::path marks,
                                                uint32_t keep);

} // namespace berth
