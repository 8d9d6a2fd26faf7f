#pragma once

#include "actors/content/disk.hpp"

namespace berth {

/// See `store_logs`. Task logs are the files `prebuild-log-<task>` of the
/// content or of its `.gitpod`, whichever has some; no such file: no error.
/// They are the workspace's own, so links and devices among them are left out.
result<void> store_task_logs(object_storage&, const store_logs&);

} // namespace berth
