#pragma once

namespace berth::ring {

/// Does what the platform's own client does around a workspace's processes, in
/// its order, with `script` as the innermost process 1, and says of each step
/// what the node answered. The exit code is the script's.
int run_rings(const char* script);

} // namespace berth::ring
