#include "app/berth-worker/content/prebuild.hpp"

#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/git/restored_repository.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>

#include <cerrno>

namespace berth::worker {

namespace {

/// Whether the snapshot is there now; else the root is empty again.
result<bool> restore_prebuild(init_session& session,
                              const prebuild_plan& what) {
  if (!what.snapshot)
    return false;
  if (what.snapshot->name.empty())
    return true;
  auto restored = session.measured(
    "snapshot", [&] { return session.restore_snapshot(what.snapshot->name); });
  if (restored)
    return true;
  warn("restore", "no usable prebuild, cloning: " + describe(restored.error()));
  if (auto ok = empty_directory(session.root()); !ok)
    return ok.error();
  return false;
}

std::string commit_of(const checkout& at, const char* name) {
  auto found = at.local({"rev-parse", "--verify", "--quiet", name});
  return found ? *found : std::string{};
}

// Both quiet: what they say of submodules they would ask git in there.
result<bool> stash(const checkout& at) {
  auto before = commit_of(at, "refs/stash");
  auto ran = at.git.call(
    at.local_call({"stash", "push", "--quiet", "--no-include-untracked"}));
  if (!ran)
    return ran.error();
  auto is_empty = ran->err.find("You do not have the initial commit yet")
                  != std::string::npos;
  if (ran->exit_code != 0 && !is_empty)
    return make_error(ec::failed_precondition,
                      "git stash: cannot put local changes aside");
  return commit_of(at, "refs/stash") != before;
}

void unstash(const checkout& at) {
  // A conflict leaves the changes in the stash, where the user finds them.
  if (!at.local({"stash", "pop", "--quiet"}))
    static_cast<void>(at.local({"reset", "--hard"}));
}

/// Whether the working copy was where it should be.
result<bool> bring_up_to_date(const checkout& at) {
  auto stashed = stash(at);
  if (!stashed)
    return stashed.error();
  auto before = commit_of(at, "HEAD");
  if (auto ok = realize_target(at); !ok)
    return ok.error();
  auto is_current = commit_of(at, "HEAD") == before;
  fetch_lfs_files(at);
  update_submodules(at);
  if (*stashed)
    unstash(at);
  return is_current;
}

result<bool> refresh(init_session& session, const git_plan& plan, int dir) {
  auto git = session.git();
  if (!git)
    return git.error();
  auto credentials = find_credentials(plan, session.policy());
  if (!credentials)
    return credentials.error();
  auto origin
    = reach(plan.remote, plan.url, std::move(*credentials), session.policy());
  if (!origin)
    return origin.error();
  auto repository = restored_repository::open(**git, dir, plan.remote);
  if (!repository)
    return repository.error();
  auto at = checkout{**git, session.policy(), plan, std::move(*origin), dir};
  at.is_restored = true;
  at.is_partial
    = static_cast<bool>(at.local({"config", "remote.origin.promisor"}));
  auto is_current = bring_up_to_date(at);
  if (!is_current)
    return is_current;
  if (auto ok = repository->close(); !ok)
    return ok.error();
  return is_current;
}

/// One that came into the project after its prebuild is cloned.
result<bool> refresh_or_clone(init_session& session, const git_plan& plan) {
  auto dir
    = open_beneath(session.root(), plan.location, O_RDONLY | O_DIRECTORY);
  if (dir && is_working_copy(dir->get()))
    return refresh(session, plan, dir->get());
  if (!dir && !is_errno(dir.error(), ENOENT))
    return true;
  auto is_empty = dir ? is_empty_directory(dir->get()) : result<bool>{true};
  if (!is_empty || !*is_empty)
    return is_empty ? result<bool>{true} : is_empty;
  if (auto cloned = session.run(worker::plan{plan}); !cloned)
    return cloned.error();
  return false;
}

} // namespace

result<std::string> run_prebuild(init_session& session,
                                 const prebuild_plan& what) {
  auto restored = restore_prebuild(session, what);
  if (!restored)
    return restored.error();
  if (!*restored) {
    if (what.repositories.empty() && what.snapshot)
      return make_error(ec::not_found,
                        "the prebuild cannot be restored, and no repository "
                        "is given to clone instead");
    for (const auto& repository : what.repositories)
      if (auto ok = session.run(plan{repository}); !ok)
        return ok.error();
    return std::string{from_other};
  }
  auto is_current = true;
  for (const auto& repository : what.repositories) {
    auto same = refresh_or_clone(session, repository);
    if (!same)
      return same.error();
    is_current = is_current && *same;
  }
  return std::string{is_current ? from_prebuild : from_other};
}

} // namespace berth::worker
