#pragma once

#include "model/error.hpp"

#include <filesystem>

namespace berth {

/// Makes what the OCI runtime mounts over in the writable part, below `rootfs`,
/// of a compatible container that is to be: root of this machine owns nothing
/// in its root file system, and can make nothing there. A writable part that is
/// there already stays as it is: who knows what a workspace put in it.
result<void> make_mount_points(const std::filesystem::path& rootfs);

} // namespace berth
