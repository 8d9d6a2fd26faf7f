#pragma once

#include "app/berth-worker/git/config_text.hpp"
#include "core/content/git_url.hpp"

#include <set>
#include <string>
#include <vector>

namespace berth::worker {

/// What `.git` of a submodule is called meanwhile.
inline constexpr auto hidden_git = ".git.berth";

/// A working copy that came out of an archive, of whomever. Its configuration
/// could name programs for git to run and proxies to send a password to, and so
/// could that of its submodules. While this object lives, a git that is pinned
/// to it (`git_call`) sees a configuration of ours, and no submodule that is
/// there already.
class restored_repository {
public:
  /// `remote` is what "origin" shall be. `failed_precondition` if what the
  /// directory has as `.git` is of a kind that no clone makes.
  static result<restored_repository> open(const git_program&, int directory,
                                          const std::string& remote);

  /// Gives it back, with what git has written into the configuration since.
  /// Not called: it must not be used any more.
  result<void> close();

private:
  restored_repository(const git_program& git, int directory)
    : git_(&git), directory_(directory) {}

  result<std::string> read_config(const char* name);
  void add_sparse_keys();
  result<void> replace_config(const std::string& remote);
  result<void> hide_submodules();
  result<void> write_config(const std::string& text);

  const git_program* git_;
  int directory_;
  sys::fd git_directory_;
  std::string original_;
  std::set<std::string> theirs_; ///< its keys
  mode_t mode_ = 0644;           ///< of the file
  std::vector<config_entry> ours_;
  std::vector<std::string> hidden_; ///< paths of submodules
};

} // namespace berth::worker
