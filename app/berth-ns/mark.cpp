#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/devices.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace berth::ns {

namespace {

constexpr auto mark_path = "/.workspace/mark";
constexpr auto node_staging = "/tmp";
constexpr auto workspace_user = uint32_t{33333};
constexpr device_node tun_node{"tun", 10, 200};
constexpr device_node fuse_node{"fuse", 10, 229};

/// Nodes of our own, each as a detached mount: none of them is the host's, and
/// a node on the container's own /dev would open nothing.
struct node_mounts {
  int tun = -1;
  int fuse = -1;
};

int make_node_mount(const device_node& node, uid_t owner) {
  auto tree = make_nodes({&node, 1});
  must(::fchownat(tree, node.name, owner, owner, AT_SYMLINK_NOFOLLOW),
       "fchownat", node.name);
  must(::move_mount(tree, "", AT_FDCWD, node_staging, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", node_staging);
  auto single
    = must(::open_tree(tree, node.name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
           "open_tree", node.name);
  ::close(tree);
  return single;
}

node_mounts make_node_mounts(uid_t owner) {
  must(::unshare(CLONE_NEWNS), "unshare", "mount namespace");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount",
       "/ as private");
  return {make_node_mount(tun_node, owner), make_node_mount(fuse_node, owner)};
}

[[noreturn]] void refuse_device(const char* name) {
  refuse(refusal::unfit, name, "not as it was made");
}

int open_device_directory(int at, const char* name) {
  auto dir = open_plainly(at, name, O_PATH | O_DIRECTORY);
  if (dir < 0 || !has_type(dir, TMPFS_MAGIC))
    refuse_device(name);
  return dir;
}

/// Opens `name` in `dir`, which is made if it is missing; never anything that
/// it leads to.
int place_for(int dir, const char* name, mode_t mode) {
  auto made = ::openat(
    dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (made < 0 && errno != EEXIST)
    fail("openat", name);
  if (made >= 0)
    ::close(made);
  auto place = open_plainly(dir, name, O_PATH);
  if (place < 0)
    refuse_device(name);
  return place;
}

struct stat status_of(int fd, const char* name) {
  struct stat found {};
  must(::fstat(fd, &found), "fstat", name);
  return found;
}

bool is_node(const struct stat& found, const device_node& node) {
  return S_ISCHR(found.st_mode)
         && found.st_rdev == ::makedev(node.major_number, node.minor_number);
}

/// Where the node is to be; -1 if it is there already.
int place_of_node(int dir, const device_node& node) {
  auto place = place_for(dir, node.name, 0666);
  auto found = status_of(place, node.name);
  if (is_node(found, node)) {
    ::close(place);
    return -1;
  }
  if (!S_ISREG(found.st_mode) || found.st_size != 0)
    refuse_device(node.name);
  return place;
}

void put_node(int place, int mount) {
  if (place >= 0)
    attach_at(mount, place);
}

/// Every place is looked at before any node is put.
void put_devices(const node_mounts& nodes) {
  auto dev = open_device_directory(AT_FDCWD, "/dev");
  if (::mkdirat(dev, "net", 0755) < 0 && errno != EEXIST)
    fail("mkdirat", "/dev/net");
  auto net = open_device_directory(dev, "net");
  auto tun = place_of_node(net, tun_node);
  auto fuse = place_of_node(dev, fuse_node);
  auto kmsg = place_for(dev, "kmsg", 0644);
  if (!S_ISREG(status_of(kmsg, "kmsg").st_mode))
    refuse_device("kmsg");
  put_node(tun, nodes.tun);
  put_node(fuse, nodes.fuse);
}

/// The container's own root, without what is mounted on it.
int clone_root() {
  auto tree
    = must(::open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
           "open_tree", "root");
  auto attributes = mount_attr{};
  attributes.propagation = MS_PRIVATE;
  must(
    ::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)),
    "mount_setattr", "root");
  return tree;
}

int open_mark() {
  return open_plainly(AT_FDCWD, mark_path, O_PATH | O_DIRECTORY);
}

} // namespace

int run_mark(char** args) {
  limit_time();
  auto view = process_view{};
  auto first_id = uint32_t{0};
  for (; *args != nullptr; ++args) {
    auto option = std::string_view{*args};
    if (option == "--first-id")
      first_id = number("--first-id", value_of(args), UINT_MAX - 65536);
    else if (!take_view_option(args, view))
      fail_usage(*args, "no such option");
  }
  if (!view.is_complete())
    fail_usage("mark", "needs --mntns-fd N and --root-fd N");
  auto nodes = make_node_mounts(first_id + workspace_user);
  enter(view);
  // As the container's root: its /dev knows no other ids than the container's.
  ::setfsgid(first_id);
  ::setfsuid(first_id);
  stay_bound(); // other ids than before have no such bond
  ::umask(0);
  put_devices(nodes);
  auto mark = open_mark();
  if (mark < 0)
    refuse(refusal::unfit, mark_path, "no directory");
  if (!is_mount_root(mark))
    attach_at(clone_root(), mark);
  return 0;
}

int run_unmark(char** args) {
  limit_time();
  auto view = process_view{};
  auto flags = int{UMOUNT_NOFOLLOW};
  for (; *args != nullptr; ++args) {
    if (std::string_view{*args} == "--even-if-busy")
      flags |= MNT_DETACH;
    else if (!take_view_option(args, view))
      fail_usage(*args, "no such option");
  }
  if (!view.is_complete())
    fail_usage("unmark", "needs --mntns-fd N and --root-fd N");
  enter(view);
  auto mark = open_mark();
  auto is_there = mark >= 0 && is_mount_root(mark);
  ::close(mark);
  if (!is_there || ::umount2(mark_path, flags) == 0)
    return 0;
  if (errno == EBUSY)
    refuse(refusal::busy, mark_path, "in use");
  fail("umount", mark_path);
}

} // namespace berth::ns
