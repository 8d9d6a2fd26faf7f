#include "app/berth-worker/content/prebuild.hpp"

#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>

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
  report({"restore",
          "no usable prebuild, cloning: " + describe(restored.error()), 0, 0});
  if (auto ok = empty_directory(session.root()); !ok)
    return ok.error();
  return false;
}

result<bool> stash(const checkout& at) {
  auto ran = at.git.call(
    {at.directory, {"stash", "push", "--no-include-untracked"}, nullptr});
  if (!ran)
    return ran.error();
  auto text = ran->out + ran->err;
  auto says = [&](const char* words) { return text.find(words) != text.npos; };
  if (ran->exit_code != 0 && !says("You do not have the initial commit yet"))
    return make_error(ec::failed_precondition,
                      "git stash: cannot put local changes aside");
  return ran->exit_code == 0 && !says("No local changes to save");
}

void unstash(const checkout& at) {
  // A conflict leaves the changes in the stash, where the user finds them.
  if (!at.local({"stash", "pop"}))
    static_cast<void>(at.local({"reset", "--hard"}));
}

std::string head_of(const checkout& at) {
  auto head = at.local({"rev-parse", "--verify", "--quiet", "HEAD"});
  return head ? *head : std::string{};
}

/// Whether the working copy was where it should be.
result<bool> refresh(init_session& session, const git_plan& plan) {
  auto dir
    = open_beneath(session.root(), plan.location, O_RDONLY | O_DIRECTORY);
  if (!dir || !is_working_copy(dir->get()))
    return true;
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
  auto at
    = checkout{**git, session.policy(), plan, std::move(*origin), dir->get()};
  at.is_partial
    = static_cast<bool>(at.local({"config", "remote.origin.promisor"}));
  auto stashed = stash(at);
  if (!stashed)
    return stashed.error();
  auto before = head_of(at);
  if (auto ok = realize_target(at); !ok)
    return ok.error();
  auto is_current = head_of(at) == before;
  fetch_lfs_files(at);
  update_submodules(at);
  if (*stashed)
    unstash(at);
  return is_current;
}

} // namespace

result<std::string> run_prebuild(init_session& session,
                                 const prebuild_plan& what) {
  auto restored = restore_prebuild(session, what);
  if (!restored)
    return restored.error();
  if (!*restored) {
    for (const auto& repository : what.repositories)
      if (auto ok = session.run(plan{repository}); !ok)
        return ok.error();
    return std::string{from_other};
  }
  auto is_current = true;
  for (const auto& repository : what.repositories) {
    auto same = refresh(session, repository);
    if (!same)
      return same.error();
    is_current = is_current && *same;
  }
  return std::string{is_current ? from_prebuild : from_other};
}

} // namespace berth::worker
