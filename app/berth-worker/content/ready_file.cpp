#include "app/berth-worker/content/ready_file.hpp"

#include "app/berth-worker/git/checkout.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace berth::worker {

namespace {

constexpr auto folder = ".gitpod";
constexpr auto config_file = ".gitpod.yaml";

std::string ready_text(const std::string& source,
                       const std::vector<initializer_metric>& metrics) {
  auto out = nlohmann::ordered_json{{"source", source}, {"metrics", nullptr}};
  for (const auto& metric : metrics)
    out["metrics"].push_back({{"type", metric.kind},
                              {"duration", metric.took.count()},
                              {"size", metric.bytes}});
  return out.dump();
}

bool rename_with_git(init_session& session) {
  // What an archive brought may name programs for git to run.
  if (session.is_restored() || !is_working_copy(session.root()))
    return false;
  auto git = session.git();
  return git
         && (*git)->run({session.root(), {"mv", folder, config_file}, nullptr});
}

} // namespace

result<void> resolve_gitpod_clash(init_session& session) {
  struct stat st {};
  if (::fstatat(session.root(), folder, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? result<void>{}
                           : errno_error(errno, "fstatat", folder);
  if (S_ISDIR(st.st_mode))
    return {};
  if (::fstatat(session.root(), config_file, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return ::unlinkat(session.root(), folder, 0) == 0
             ? result<void>{}
             : errno_error(errno, "unlinkat", folder);
  if (rename_with_git(session))
    return {};
  return rename_beneath(session.root(), folder, session.root(), config_file);
}

result<void> write_ready_file(init_session& session,
                              const std::string& source) {
  auto owner = session.owner();
  auto dir = make_directories(session.root(), folder, 0777, owner);
  if (!dir)
    return dir.error();
  if (::fchown(dir->get(), owner.uid, owner.gid) < 0
      || ::fchmod(dir->get(), 0777) < 0)
    return errno_error(errno, "fchmod", folder);
  constexpr auto temporary = "ready.tmp";
  // What a repository or a user put there, be it a directory.
  for (auto* name : {temporary, "ready"})
    if (auto ok = remove_beneath(dir->get(), name); !ok)
      return ok;
  auto file
    = open_beneath(dir->get(), temporary, O_CREAT | O_EXCL | O_WRONLY, 0644);
  if (!file)
    return file.error();
  auto text = ready_text(source, session.metrics());
  if (::write(file->get(), text.data(), text.size())
        != static_cast<ssize_t>(text.size())
      || ::fchmod(file->get(), 0644) < 0
      || ::fchown(file->get(), owner.uid, owner.gid) < 0)
    return errno_error(errno, "write", ".gitpod/ready");
  if (::renameat(dir->get(), temporary, dir->get(), "ready") < 0)
    return errno_error(errno, "renameat", ".gitpod/ready");
  return {};
}

} // namespace berth::worker
