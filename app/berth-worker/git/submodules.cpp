#include "app/berth-worker/git/checkout.hpp"
#include "app/berth-worker/git/restored_repository.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/content/paths.hpp"

#include <fcntl.h>

#include <string_view>

namespace berth::worker {

namespace {

constexpr int most_depth = 4;
constexpr int most_submodules = 100;

struct submodule {
  std::string name;
  std::string path; ///< below the repository
  std::string url;
};

/// Fetches the submodules of one repository, then theirs.
class updater {
public:
  explicit updater(const checkout& top) : top_(top) {}

  void update_all(int directory, int depth);

private:
  /// Whether it is the archive's, and not a clone of ours.
  bool is_pinned(int directory) const {
    return top_.is_restored && directory == top_.directory;
  }
  result<std::string> git(int directory, std::vector<std::string> args) const {
    return top_.git.run(
      {directory, std::move(args), nullptr, {}, is_pinned(directory)});
  }
  std::vector<submodule> list(int directory) const;
  bool is_restored(int directory, const submodule&) const;
  result<void> update(int directory, const submodule&) const;
  static void warn(const std::string& what, const caf::error& why) {
    worker::warn("clone", "submodule " + what + ": " + describe(why));
  }

  const checkout& top_;
  int seen_ = 0;
};

std::vector<submodule> updater::list(int directory) const {
  auto out = std::vector<submodule>{};
  constexpr std::string_view prefix = "submodule.";
  constexpr std::string_view suffix = ".url";
  auto entries = git(directory, {"config", "-z", "--local", "--get-regexp",
                                 "^submodule\\..*\\.url$"});
  if (!entries)
    return out;
  auto rest = std::string_view{*entries};
  while (!rest.empty()) {
    auto entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    auto key = entry.substr(0, entry.find('\n'));
    if (key.size() <= prefix.size() + suffix.size()
        || key.size() == entry.size())
      continue;
    auto found = submodule{};
    found.name
      = key.substr(prefix.size(), key.size() - prefix.size() - suffix.size());
    found.url = entry.substr(key.size() + 1);
    auto path = git(directory, {"config", "-f", ".gitmodules", "--get",
                                prefix.data() + found.name + ".path"});
    if (!path || !checkout_location(*path) || !is_inner_path(*path))
      continue;
    found.path = std::move(*path);
    out.push_back(std::move(found));
  }
  return out;
}

/// Whether an archive brought it, or some of it: nobody knows what git would
/// do there.
bool updater::is_restored(int directory, const submodule& module) const {
  auto is_there = [directory](const std::string& path) {
    return may_be_beneath(directory, path);
  };
  return top_.is_restored
         && (is_there(module.path + "/.git")
             || is_there(module.path + "/" + hidden_git)
             || is_there(".git/modules/" + module.name));
}

result<void> updater::update(int directory, const submodule& module) const {
  const auto& allowed = top_.plan.url;
  // A repository on this node may have such submodules; no other one may.
  auto url = parse_git_url(module.url, allowed.scheme == "file");
  if (!url)
    return url.error();
  auto same_origin = url->origin() == allowed.origin();
  auto remote
    = reach(module.url, *url,
            same_origin ? top_.origin.credentials : std::nullopt, top_.policy);
  if (!remote)
    return remote.error();
  auto done = top_.git.run({directory,
                            {"submodule", "update", "--progress", "--checkout",
                             "--recommend-shallow", "--", module.path},
                            &*remote,
                            {},
                            is_pinned(directory)});
  if (!done)
    return done.error();
  return {};
}

void updater::update_all(int directory, int depth) {
  if (!open_beneath(directory, ".gitmodules", O_RDONLY | O_NONBLOCK))
    return;
  if (depth > most_depth)
    return warn("levels", make_error(ec::exhausted, "too many"));
  if (auto ok = git(directory, {"submodule", "init"}); !ok)
    return warn("set-up", ok.error());
  for (const auto& module : list(directory)) {
    if (++seen_ > most_submodules)
      return warn("count", make_error(ec::exhausted, "too many"));
    // Those below it are of what was cloned just now.
    if (depth == 1 && is_restored(directory, module)) {
      report({"clone", "submodule " + module.path + ": left as it was", 0, 0});
      continue;
    }
    if (auto ok = update(directory, module); !ok) {
      warn(module.path, ok.error());
      continue;
    }
    auto inner = open_beneath(directory, module.path, O_RDONLY | O_DIRECTORY);
    if (inner)
      update_all(inner->get(), depth + 1);
  }
}

} // namespace

void update_submodules(const checkout& at) {
  updater{at}.update_all(at.directory, 1);
}

} // namespace berth::worker
