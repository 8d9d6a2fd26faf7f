#pragma once

#include "app/berth-worker/content/session.hpp"

namespace berth::worker {

/// Makes room for the directory `.gitpod`: a repository may have a file there,
/// which becomes `.gitpod.yaml` unless there is one already.
result<void> resolve_gitpod_clash(init_session&);

/// `.gitpod/ready`, for which the supervisor in the workspace waits. It appears
/// by a rename, as the very last step of all.
result<void> write_ready_file(init_session&, const std::string& source);

} // namespace berth::worker
