#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace berth::sys {

/// A clone of `source` in no namespace and without what is mounted below it:
/// attach it, or close it and it never was. Private: nothing propagates.
result<fd> clone_tree(const std::filesystem::path& source);

enum class access { read_only, read_write };

/// Shows a detached mount through the id mapping of `userns`: what belongs to
/// 0 on disk belongs to the mapping's first id. Once per mount.
result<void> map_ids(const fd& mount, const fd& userns, access);

/// What an overlay is made of.
struct overlay_spec {
  std::vector<std::filesystem::path> layers; ///< top-most first
  std::filesystem::path upper; ///< a directory that holds `upper` and `work`
  uint32_t first_id = 0;       ///< what 0 of the user namespace is here
};

/// An overlay of layers with a writable one on top, in no namespace. All of
/// them are shown through `userns`, so that files on disk, the written ones
/// included, keep the ids that are seen inside. Devices are not opened, setuid
/// works.
///
/// Takes on the ids of `userns` for the calling thread while it runs, for the
/// kernel makes the work directory in the mounter's name.
result<fd> mount_overlay(const overlay_spec&, const fd& userns);

} // namespace berth::sys
