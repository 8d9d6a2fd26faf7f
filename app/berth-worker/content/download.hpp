#pragma once

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/content/plan.hpp"
#include "app/berth-worker/network_policy.hpp"

namespace berth::worker {

/// Fetches the files one after another; each appears under its name only when
/// its digest was right, and replaces nothing.
result<void> run_download(int root, identity owner, const network_policy&,
                          const download_plan&);

} // namespace berth::worker
