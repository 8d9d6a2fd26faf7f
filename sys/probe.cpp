#include "sys/probe.hpp"

#include "sys/file.hpp"
#include "sys/idmap.hpp"
#include "sys/mount.hpp"
#include "sys/mount_table.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

// Not in the headers of Debian 12.
#ifndef NS_GET_TGID_FROM_PIDNS
constexpr auto NS_GET_TGID_FROM_PIDNS = _IOR(0xb7, 0x7, int);
#endif
#ifndef SO_PEERPIDFD
constexpr auto SO_PEERPIDFD = 77;
#endif

constexpr auto set_descriptor = static_cast<fsconfig_command>(FSCONFIG_SET_FD);
constexpr auto nft_program = "/usr/sbin/nft";
constexpr auto longest_list = size_t{4096};

result<fd> open_context(const char* type) {
  auto context = fd{::fsopen(type, FSOPEN_CLOEXEC)};
  if (!context)
    return errno_error(errno, "fsopen", type);
  return context;
}

result<void> attach(const fs::path& dir) {
  // The mount stays in a namespace that ends with this thread.
  if (::unshare(CLONE_NEWNS) < 0)
    return errno_error(errno, "unshare", "mount namespace");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
    return errno_error(errno, "mount(private)", "/");
  auto tree = clone_tree(dir);
  if (!tree)
    return tree.error();
  if (::move_mount(tree->get(), "", AT_FDCWD, dir.c_str(),
                   MOVE_MOUNT_F_EMPTY_PATH)
      < 0)
    return errno_error(errno, "move_mount", dir.native());
  return {};
}

} // namespace

result<void> try_file_system(const char* type) {
  auto context = open_context(type);
  if (!context)
    return context.error();
  return {};
}

result<void> try_mount_by_descriptor(const fs::path& dir) {
  auto outcome = result<void>{};
  std::thread{[&] { outcome = attach(dir); }}.join();
  return outcome;
}

result<void> try_idmapped_mount(const fs::path& dir, const fd& userns) {
  auto tree = clone_tree(dir);
  if (!tree)
    return tree.error();
  return map_ids(*tree, userns, access::read_write);
}

result<void> try_pid_translation() {
  auto ns = open_namespace(::getpid(), "pid");
  if (!ns)
    return ns.error();
  auto found = ::ioctl(ns->get(), NS_GET_TGID_FROM_PIDNS, ::getpid());
  if (found < 0)
    return errno_error(errno, "ioctl", "NS_GET_TGID_FROM_PIDNS");
  if (found != ::getpid())
    return make_error(ec::internal, "NS_GET_TGID_FROM_PIDNS: another pid");
  return {};
}

result<void> try_peer_pidfd() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return errno_error(errno, "socketpair", "unix");
  auto ours = fd{ends[0]};
  auto theirs = fd{ends[1]};
  auto raw = -1;
  auto size = static_cast<socklen_t>(sizeof(raw));
  if (::getsockopt(ours.get(), SOL_SOCKET, SO_PEERPIDFD, &raw, &size) < 0)
    return errno_error(errno, "getsockopt", "SO_PEERPIDFD");
  auto peer = fd{raw};
  return {};
}

result<void> try_proc_of_pid_namespace() {
  auto context = open_context("proc");
  if (!context)
    return context.error();
  auto ns = open_namespace(::getpid(), "pid");
  if (!ns)
    return ns.error();
  if (::fsconfig(context->get(), set_descriptor, "pidns", nullptr, ns->get())
      < 0)
    return errno_error(errno, "fsconfig", "proc, pidns");
  return {};
}

result<void> try_device(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) < 0)
    return errno_error(errno, "stat", path.native());
  if (!S_ISCHR(found.st_mode))
    return make_error(ec::failed_precondition, path.native() + ": no device");
  auto device = fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  if (!device)
    return errno_error(errno, "open", path.native());
  return {};
}

result<void> try_packet_filter(const std::string& rules) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "nft");
  auto reader = fd{ends[0]};
  auto writer = fd{ends[1]};
  auto nowhere = fd{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  auto spec = spawn_spec{};
  spec.argv = {nft_program, "--check", "--file", "-"};
  spec.fds = {{reader.get(), 0}, {nowhere.get(), 1}, {nowhere.get(), 2}};
  auto child = spawn(spec);
  if (!child)
    return child.error();
  reader = fd{};
  // Rules of a probe fit into the pipe: this never waits.
  auto written = ::write(writer.get(), rules.data(), rules.size());
  writer = fd{};
  auto code = wait_child(child->pid);
  if (!code)
    return code.error();
  if (written != static_cast<ssize_t>(rules.size()) || *code != 0)
    return make_error(ec::failed_precondition, "nft --check: refused");
  return {};
}

result<std::string> unified_controllers() {
  auto mounts = mount_table();
  if (!mounts)
    return mounts.error();
  auto root
    = std::find_if(mounts->begin(), mounts->end(), [](const auto& mount) {
        return mount.type == "cgroup2" && mount.root == "/";
      });
  if (root == mounts->end())
    return make_error(ec::not_found, "no cgroup v2 hierarchy is mounted");
  auto line
    = read_file(fs::path{root->point} / "cgroup.controllers", longest_list);
  if (line && line->ends_with('\n'))
    line->pop_back();
  return line;
}

} // namespace berth::sys
