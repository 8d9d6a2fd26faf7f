#pragma once

#include "app/berth-worker/content/plan.hpp"
#include "app/berth-worker/git/program.hpp"

namespace berth::worker {

/// One repository that is being, or was, checked out.
struct checkout {
  const git_program& git;
  const network_policy& policy;
  const git_plan& plan;
  git_remote origin;
  int directory; ///< of the working copy
  /// Of a bare repository with objects of `origin`; empty: there is none.
  std::string mirror = {};
  /// Any command may find that it needs more of `origin`.
  bool is_partial = false;
  bool is_restored = false; ///< out of an archive; see `restored_repository`
  bool is_new = false; ///< cloned a moment ago: what is there is up to date

  /// Commands that stay on this disk.
  git_call local_call(std::vector<std::string> args) const {
    return {directory,
            std::move(args),
            is_partial ? &origin : nullptr,
            {},
            is_restored};
  }
  result<std::string> local(std::vector<std::string> args) const {
    return git.run(local_call(std::move(args)));
  }
  /// Commands that talk to `origin`.
  git_call remote_call(std::vector<std::string> args) const {
    return {directory, std::move(args), &origin, {}, is_restored};
  }
  result<std::string> remote(std::vector<std::string> args) const {
    return git.run(remote_call(std::move(args)));
  }
};

/// Whether the directory is a git working copy of its own.
bool is_working_copy(int directory);

/// Clones `plan.remote` into the empty directory, again and again while the
/// network is to blame and the time budget lasts. Whether the mirror was of
/// use, or there is none: one that is not costs an attempt and nothing else.
result<bool> clone(const checkout&);

/// Gives a full clone that borrows from its mirror all of the mirror's objects,
/// each file checked against the digest at its end.
result<void> copy_borrowed_objects(const checkout&);

/// Brings the working copy to where the plan's target says.
result<void> realize_target(const checkout&);

/// Puts the files that git-lfs(1) keeps elsewhere in place of their pointers.
/// What cannot be fetched stays a pointer and is reported.
void fetch_lfs_files(const checkout&);

/// Adds and fetches the remote "upstream", if the plan names one.
result<void> add_upstream(const checkout&);

/// Fetches submodules down to a depth of four. What cannot be fetched or may
/// not be is left out and reported.
void update_submodules(const checkout&);

/// What `plan.auth` stands for; asks the one-time URL if there is one.
result<std::optional<git_credentials>> find_credentials(const git_plan&,
                                                        const network_policy&);

/// All of the above, as the git initializer does it. `root` is the content's.
/// The same as of `clone`.
result<bool> run_git(const git_program&, const network_policy&, const git_plan&,
                     int root, const std::string& mirror);

} // namespace berth::worker
