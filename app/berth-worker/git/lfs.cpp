#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/speech.hpp"

namespace berth::worker {

namespace {

/// Costs a fraction of asking git-lfs(1) itself, which most repositories do not
/// need.
bool uses_lfs(const checkout& at) {
  return static_cast<bool>(
    at.local({"grep", "--quiet", "--fixed-strings", "filter=lfs", "HEAD", "--",
              ":(glob)**/.gitattributes"}));
}

} // namespace

void fetch_lfs_files(const checkout& at) {
  if (!uses_lfs(at))
    return;
  // Without its filter it downloads, but puts nothing into the working copy.
  if (auto ok = at.remote({"-c", "filter.lfs.clean=git-lfs clean -- %f", "-c",
                           "filter.lfs.smudge=git-lfs smudge -- %f", "lfs",
                           "pull", "origin"});
      !ok)
    warn("clone", "files of git-lfs: " + describe(ok.error()));
}

} // namespace berth::worker
