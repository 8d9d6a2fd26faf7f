#pragma once

#include "actors/content/disk.hpp"

/// What the disk worker does for archives on their way into the storage.
namespace berth {

/// See `stage_archive`.
result<staged_archive> stage(object_storage&, const stage_archive&);

/// See `reopen_archive`.
result<reopened_archive> reopen(object_storage&, const reopen_archive&);

/// See `publish_archive`.
result<published_archive> publish(object_storage&, const publish_archive&);

/// See `clean_storage`.
result<void> clean(object_storage&, const clean_storage&);

} // namespace berth
