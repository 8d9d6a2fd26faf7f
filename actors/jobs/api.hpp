#pragma once

#include "actors/kernel/api.hpp"
#include "actors/message.hpp"
#include "core/worker_job.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth {

/// A directory of this machine at a path of the sandbox.
struct shown_directory {
  std::string host;
  std::string inside;
};

/// Where a worker makes containers itself: with a network and within limits of
/// its own, like a workspace, and with the means to mount.
struct workshop {
  sys::shared_fd network;              ///< its network namespace
  std::vector<sys::shared_fd> cgroups; ///< its `cgroup.procs`
  std::vector<shown_directory> files;  ///< read-only, in place of the host's
  std::vector<std::pair<sys::shared_fd, std::string>> trees; ///< mounts there
};

/// One job for `berth-worker`, in a sandbox of its own.
struct run_job {
  worker_job job;
  id_range range; ///< what the worker's ids 0..65535 are on this machine
  bool network = false;
  /// Writable; on disk their files have the ids of the sandbox, 0..65535.
  std::vector<shown_directory> directories;
  std::vector<shown_directory> read_only; ///< with host ids
  /// Ours -> its number there, from 10 up; the job names it by that number.
  std::vector<std::pair<sys::shared_fd, int>> fds;
  std::optional<berth::workshop> workshop;
  std::chrono::nanoseconds deadline{};
  /// May only send messages. Fast ones are left out, the last never.
  std::function<void(worker_progress)> on_progress;
};

struct job_ended {
  worker_outcome outcome;
};

/// Kills the worker; the job then fails with `cancelled`.
struct cancel_job {};

struct worker_spoke {};

/// One job from its sandbox to its outcome; answers and quits. A worker's own
/// refusal is passed on with its code; one that ends without a word is
/// `internal`, and its last words go to the log, not to the caller.
using job_actor = caf::typed_actor<caf::replies_to<run_job>::with<job_ended>,
                                   caf::reacts_to<cancel_job>,
                                   // Internal: the worker wrote a line.
                                   caf::reacts_to<worker_spoke>>;

/// How to get one: each call spawns an actor for one job.
using job_hands = std::function<job_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::run_job)
BERTH_MESSAGE(berth::job_ended)
BERTH_MESSAGE(berth::cancel_job)
BERTH_MESSAGE(berth::worker_spoke)
