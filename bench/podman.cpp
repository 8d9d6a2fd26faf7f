#include "bench/podman.hpp"

#include <sys/mount.h>

#include <array>

namespace berth::bench {

namespace {

namespace fs = std::filesystem;

/// A way to call podman: words before it, its runtime, and its name.
struct way_to_run {
  std::vector<std::string> before;
  const char* runtime;
  const char* name;
};

/// crun refuses hosts that show both cgroup versions; runc does not, and crun
/// neither where the second one is hidden, as berth-ns does it.
const std::array<way_to_run, 3> ways = {{
  {{}, "crun", "with crun"},
  {{"unshare", "--mount", "--propagation=slave", "sh", "-c",
    "umount /sys/fs/cgroup/unified && exec \"$@\"", "sh"},
   "crun",
   "with crun, cgroup2 hidden by unshare"},
  {{}, "runc", "with runc"},
}};

constexpr auto image = "localhost/bench";
constexpr auto lock_file = "/dev/shm/libpod_lock";

/// podman asks for more than a container without CAP_SYS_RESOURCE may have.
constexpr std::array limits
  = {"--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"};

/// Where podman leaves cgroups of its own.
std::vector<fs::path> cgroups() {
  std::vector<fs::path> all = {"/sys/fs/cgroup/libpod_parent"};
  for (const auto& each : fs::directory_iterator{"/sys/fs/cgroup"})
    if (each.is_directory() && !each.is_symlink())
      all.push_back(each.path() / "libpod_parent");
  return all;
}

/// Cgroups go from the innermost out; their files are not there to delete.
void remove_cgroup(const fs::path& cgroup) {
  std::error_code ignored;
  std::vector<fs::path> all = {cgroup};
  for (const auto& each : fs::recursive_directory_iterator{cgroup, ignored})
    if (each.is_directory())
      all.push_back(each.path());
  for (auto it = all.rbegin(); it != all.rend(); ++it)
    ::rmdir(it->c_str());
}

} // namespace

result<podman_peer> podman_peer::set_up(const fs::path& directory,
                                        const fs::path& rootfs_tar) {
  podman_peer peer;
  for (const auto& each : cgroups())
    if (!fs::exists(each))
      peer.not_here_before_.push_back(each);
  if (!fs::exists(lock_file))
    peer.not_here_before_.emplace_back(lock_file);
  peer.directory_ = directory;
  fs::create_directories(directory);
  auto imported
    = must_run(peer.command({"import", "--quiet", rootfs_tar, image}));
  if (!imported)
    return imported.error();
  std::string reasons;
  for (peer.way_ = 0; peer.way_ < ways.size(); ++peer.way_) {
    auto tried = peer.start_one();
    if (tried)
      return peer;
    reasons += "\n  " + peer.way() + ": " + describe(tried.error());
  }
  return make_error(ec::unavailable, "podman runs nothing here:" + reasons);
}

podman_peer::~podman_peer() {
  if (directory_.empty())
    return;
  way_ = std::min(way_, ways.size() - 1);
  (void)run_command(command({"rm", "--all", "--force", "--time=0"}));
  // podman binds its store onto itself and leaves that behind.
  ::umount2((directory_ / "root/overlay").c_str(), MNT_DETACH);
  for (const auto& each : not_here_before_)
    if (each == lock_file)
      ::unlink(lock_file);
    else
      remove_cgroup(each);
}

std::string podman_peer::way() const {
  return std::string{"podman run --detach --network=none "} + ways[way_].name;
}

std::vector<std::string>
podman_peer::command(std::vector<std::string> words) const {
  const auto& way = ways[way_];
  auto all = way.before;
  for (std::string word :
       {std::string{"podman"}, "--root=" + (directory_ / "root").native(),
        "--runroot=" + (directory_ / "run").native(),
        "--tmpdir=" + (directory_ / "tmp").native(),
        std::string{"--cgroup-manager=cgroupfs"},
        std::string{"--events-backend=none"},
        std::string{"--storage-driver=overlay"},
        std::string{"--runtime="} + way.runtime})
    all.push_back(std::move(word));
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

result<std::chrono::nanoseconds> podman_peer::start_one() {
  auto words = command({"run", "--detach", "--network=none", "--name=bench",
                        limits[0], limits[1], image, "/bin/sleep", "1000"});
  auto began = std::chrono::steady_clock::now();
  auto started = must_run(std::move(words));
  auto took = std::chrono::steady_clock::now() - began;
  auto removed
    = must_run(command({"rm", "--force", "--time=0", "--ignore", "bench"}));
  if (!started)
    return started.error();
  if (!removed)
    return removed.error();
  return took;
}

} // namespace berth::bench
