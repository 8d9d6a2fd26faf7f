#include "app/berth-worker/git/restored_repository.hpp"

#include "app/berth-worker/speech.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace berth::worker {

namespace {

constexpr size_t longest_config = 256 * 1024;
constexpr size_t most_hidden = 1000;
constexpr auto config_name = "config";
constexpr auto worktree_config_name = "config.worktree";
constexpr auto fresh_name = "config.berth";

caf::error not_a_clone(const char* why) {
  return make_error(ec::failed_precondition,
                    std::string{"the prebuild's repository "} + why);
}

/// What git would write for a clone with files of git-lfs(1), whose program is
/// ours; it fetches nothing.
void add_lfs(std::vector<config_entry>& to) {
  to.push_back({"filter.lfs.clean", "git-lfs clean -- %f"});
  to.push_back({"filter.lfs.smudge", "git-lfs smudge --skip -- %f"});
  to.push_back({"filter.lfs.required", "true"});
}

bool is_own_filter(const config_entry& entry) {
  return entry.key.starts_with("filter.")
         && !entry.key.starts_with("filter.lfs.");
}

} // namespace

result<restored_repository>
restored_repository::open(const git_program& git, int directory,
                          const std::string& remote) {
  auto out = restored_repository{git, directory};
  auto git_directory = open_beneath(directory, ".git", O_RDONLY | O_DIRECTORY);
  if (!git_directory)
    return git_directory.error();
  out.git_directory_ = std::move(*git_directory);
  // git would take what matters from there.
  if (may_be_beneath(out.git_directory_.get(), "commondir"))
    return not_a_clone("is part of another one");
  if (auto ok = out.replace_config(remote); !ok)
    return ok.error();
  if (auto ok = out.hide_submodules(); !ok)
    return ok.error();
  return out;
}

result<std::string> restored_repository::read_config(const char* name) {
  auto file = open_beneath(git_directory_.get(), name, O_RDONLY | O_NONBLOCK);
  struct stat st {};
  if (!file || ::fstat(file->get(), &st) < 0 || !S_ISREG(st.st_mode))
    return not_a_clone("has no configuration");
  mode_ = st.st_mode & 0777;
  return read_text(file->get(), name, longest_config,
                   "the repository's configuration is too long");
}

/// Where git-sparse-checkout(1) writes, which nothing else may come from.
void restored_repository::add_sparse_keys() {
  auto text = read_config(worktree_config_name);
  auto entries = text ? config_entries(*git_, *text)
                      : result<std::vector<config_entry>>{text.error()};
  if (entries)
    std::ranges::copy_if(*entries, std::back_inserter(ours_),
                         [](const auto& entry) {
                           return entry.key.starts_with("core.sparsecheckout");
                         });
}

result<void> restored_repository::replace_config(const std::string& remote) {
  add_sparse_keys();
  auto text = read_config(config_name);
  if (!text)
    return text.error();
  original_ = std::move(*text);
  auto entries = config_entries(*git_, original_);
  if (!entries)
    return entries.error();
  std::ranges::copy_if(*entries, std::back_inserter(ours_), is_harmless);
  if (std::ranges::any_of(*entries, is_own_filter))
    warn("clone", "the prebuild's own filters of files were not run, what they "
                  "change may show as changed");
  for (const auto& entry : *entries)
    theirs_.insert(entry.key);
  ours_.push_back({"remote.origin.url", remote});
  add_lfs(ours_);
  return write_config(to_config_text(ours_));
}

result<void> restored_repository::hide_submodules() {
  auto paths = std::vector<std::string>{};
  auto call = git_call{directory_,
                       {"-c", "core.quotePath=false", "ls-files", "--stage"}};
  call.is_pinned = true; // fails if this is no repository
  // "160000 <id> <stage>\t<path>" is one.
  call.on_line = [&](std::string_view line) {
    auto tab = line.find('\t');
    if (line.starts_with("160000 ") && tab != line.npos
        && paths.size() <= most_hidden)
      paths.emplace_back(line.substr(tab + 1));
  };
  if (auto listed = git_->run(call); !listed)
    return listed.error();
  if (paths.size() > most_hidden)
    return not_a_clone("has too many submodules");
  for (auto& path : paths) {
    if (path.starts_with('"'))
      return not_a_clone("has a submodule with an odd name");
    auto at = open_beneath(directory_, path, O_RDONLY | O_DIRECTORY);
    if (!at || !may_be_beneath(at->get(), ".git"))
      continue;
    if (auto ok = rename_beneath(at->get(), ".git", at->get(), hidden_git); !ok)
      return ok;
    hidden_.push_back(std::move(path));
  }
  return {};
}

result<void> restored_repository::close() {
  for (const auto& path : hidden_)
    // A checkout may have removed it.
    if (auto at = open_beneath(directory_, path, O_RDONLY | O_DIRECTORY))
      static_cast<void>(
        rename_beneath(at->get(), hidden_git, at->get(), ".git"));
  auto mode = mode_;
  auto text = read_config(config_name);
  if (!text)
    return text.error();
  mode_ = mode;
  auto now = config_entries(*git_, *text);
  if (!now)
    return now.error();
  auto fresh = std::vector<config_entry>{};
  // Where a submodule comes from is the user's choice, if there was one.
  std::ranges::copy_if(*now, std::back_inserter(fresh), [&](const auto& entry) {
    return std::ranges::find(ours_, entry) == ours_.end()
           && !(entry.key.starts_with("submodule.")
                && theirs_.contains(entry.key));
  });
  auto back = with_entries(*git_, original_, fresh);
  return back ? write_config(*back) : result<void>{back.error()};
}

result<void> restored_repository::write_config(const std::string& text) {
  auto dir = git_directory_.get();
  ::unlinkat(dir, fresh_name, 0);
  auto file = open_beneath(dir, fresh_name, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (!file)
    return file.error();
  auto owner = git_->user();
  if (::write(file->get(), text.data(), text.size())
        != static_cast<ssize_t>(text.size())
      || (::geteuid() == 0 && ::fchown(file->get(), owner.uid, owner.gid) < 0)
      || ::fchmod(file->get(), mode_) < 0
      || ::renameat(dir, fresh_name, dir, config_name) < 0)
    return errno_error(errno, "write", config_name);
  return {};
}

} // namespace berth::worker
