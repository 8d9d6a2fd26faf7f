#include "app/berth-worker/git/repository_status.hpp"

#include "app/berth-worker/beneath.hpp"
#include "app/berth-worker/git/status_libgit2.hpp"
#include "core/content/paths.hpp"
#include "core/worker_job.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace berth::worker {

namespace {

constexpr unsigned deadline_seconds = 30;
constexpr rlim_t most_memory = 1024ull * 1024 * 1024;
/// In a repository that is all of a content.
constexpr auto ready_file = ".gitpod/ready";
constexpr size_t longest_status = 4 * 1024 * 1024;

/// The directory, if it holds a repository of its own.
result<sys::fd> open_checkout(int source, const std::string& location) {
  auto path = checkout_location(location);
  if (!path)
    return path.error();
  auto dir = open_beneath(source, *path, O_RDONLY | O_DIRECTORY);
  if (!dir)
    return dir;
  if (auto git = open_beneath(dir->get(), ".git", O_PATH | O_DIRECTORY); !git)
    return git.error();
  return dir;
}

void become(uint32_t uid, uint32_t gid) {
#ifndef __SANITIZE_ADDRESS__ // whose shadow alone takes more
  auto memory = rlimit{most_memory, most_memory};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
  if (::geteuid() == 0
      && (::setgroups(0, nullptr) < 0 || ::setresgid(gid, gid, gid) < 0
          || ::setresuid(uid, uid, uid) < 0))
    ::_exit(1);
}

[[noreturn]] void answer_in_child(int dir, const std::string& ours, int out) {
  ::alarm(deadline_seconds);
  struct stat st {};
  if (::fstat(dir, &st) < 0 || ::fchdir(dir) < 0)
    ::_exit(1);
  become(st.st_uid, st.st_gid);
  auto status = read_repository(".", ours);
  if (!status)
    ::_exit(1);
  auto outcome = status_outcome{std::move(*status)};
  auto text = to_json(worker_message{result<worker_outcome>{outcome}});
  for (size_t done = 0; done < text.size();) {
    auto n = ::write(out, text.data() + done, text.size() - done);
    if (n <= 0)
      ::_exit(1);
    done += static_cast<size_t>(n);
  }
  ::_exit(0);
}

std::string read_all(int fd) {
  auto out = std::string{};
  auto buffer = std::array<char, 65536>{};
  while (out.size() < longest_status) {
    auto n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0)
      break;
    out.append(buffer.data(), static_cast<size_t>(n));
  }
  return out;
}

} // namespace

std::optional<git_status> repository_status(int source,
                                            const std::string& location) {
  auto dir = open_checkout(source, location);
  auto ends = std::array{-1, -1};
  if (!dir || ::pipe2(ends.data(), O_CLOEXEC) < 0)
    return std::nullopt;
  auto from_child = sys::fd{ends[0]};
  auto to_parent = sys::fd{ends[1]};
  auto pid = ::fork();
  if (pid < 0)
    return std::nullopt;
  if (pid == 0)
    answer_in_child(dir->get(), location.empty() ? ready_file : "",
                    to_parent.get());
  to_parent = sys::fd{};
  auto text = read_all(from_child.get());
  auto status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0)
    return std::nullopt;
  // The child may have been taken over: its words are checked like ours are.
  auto message = message_from_json(text);
  if (!message || !std::holds_alternative<result<worker_outcome>>(*message))
    return std::nullopt;
  auto& outcome = std::get<result<worker_outcome>>(*message);
  if (!outcome || !std::holds_alternative<status_outcome>(*outcome))
    return std::nullopt;
  return std::get<status_outcome>(*outcome).repo;
}

} // namespace berth::worker
