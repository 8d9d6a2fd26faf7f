#include "app/berth-ns/devices.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/sandbox.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

namespace berth::ns {

namespace {

/// Where the new root stands until it is the root. The sources of binds are
/// cloned before, so that it may cover them.
constexpr auto staging = "/tmp";

/// What programs need of the host; what it lacks is left out.
constexpr const char* host_paths[] = {
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/etc/ssl",
  "/etc/ca-certificates",
  "/etc/ca-certificates.conf",
  "/etc/pki",
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/alternatives",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/containers",
};

// The ids that jobs have; ssh(1) runs as nobody who has no name. Who else there
// is on the host is none of their business.
constexpr std::string_view passwd
  = "root:x:0:0:root:/root:/bin/sh\n"
    "gitpod:x:33333:33333::/tmp:/bin/sh\n"
    "nobody:x:65534:65534::/nonexistent:/bin/sh\n";
constexpr std::string_view group = "root:x:0:\n"
                                   "gitpod:x:33333:\n"
                                   "nogroup:x:65534:\n";

int mount_new(const char* type, const char* key, const char* value,
              const char* size, unsigned attributes) {
  auto fs = must(::fsopen(type, FSOPEN_CLOEXEC), "fsopen", type);
  must(::fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0), "fsconfig", key);
  if (size != nullptr)
    must(::fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0), "fsconfig",
         "size");
  must(::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig",
       type);
  auto mount
    = must(::fsmount(fs, FSMOUNT_CLOEXEC, attributes), "fsmount", type);
  ::close(fs);
  return mount;
}

/// Opens `name` below `dir` on the same file system, following nothing.
int open_here(int dir, const char* name, int flags) {
  auto how = open_how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return static_cast<int>(::syscall(SYS_openat2, dir, name, &how, sizeof(how)));
}

/// Makes `target` and its parents in the root, a directory or an empty file.
/// Nothing mounted there before is entered: a bind below another one fails.
int make_place(int root, std::string_view target, bool directory) {
  auto at = must(::fcntl(root, F_DUPFD_CLOEXEC, 3), "fcntl", "root");
  while (!target.empty()) {
    target.remove_prefix(
      std::min(target.find_first_not_of('/'), target.size()));
    auto name = std::string{target.substr(0, target.find('/'))};
    if (name.empty())
      break;
    target.remove_prefix(name.size());
    auto is_file = target.empty() && !directory;
    auto made = is_file ? ::mknodat(at, name.c_str(), S_IFREG | 0444, 0)
                        : ::mkdirat(at, name.c_str(), 0755);
    if (made < 0 && errno != EEXIST)
      fail(is_file ? "mknodat" : "mkdirat", name.c_str());
    auto next
      = must(open_here(at, name.c_str(), O_PATH), "openat2", name.c_str());
    ::close(at);
    at = next;
  }
  return at;
}

void attach(int mount, int root, const char* target, bool directory) {
  auto place = make_place(root, target, directory);
  must(::move_mount(mount, "", place, "",
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
       "move_mount", target);
  ::close(place);
  ::close(mount);
}

bool is_directory(int mount, const char* name) {
  struct stat found;
  must(::fstatat(mount, "", &found, AT_EMPTY_PATH), "fstatat", name);
  return S_ISDIR(found.st_mode);
}

/// No privileges of files, and no devices.
constexpr uint64_t plain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/// A clone of the tree at `source`, without what is mounted below it. Writable
/// means: its owners are those inside the user namespace.
int clone_tree(const sandbox_bind& bind, int userns, uint64_t restrictions) {
  auto tree
    = ::open_tree(AT_FDCWD, bind.source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0)
    return tree;
  auto attributes = mount_attr{};
  attributes.attr_set = restrictions;
  attributes.propagation = MS_PRIVATE;
  if (bind.writable) {
    attributes.attr_set |= MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<uint64_t>(userns);
  } else {
    attributes.attr_set |= MOUNT_ATTR_RDONLY;
  }
  must(
    ::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)),
    "mount_setattr", bind.source);
  return tree;
}

/// What of the host everybody gets: a link stays a link (`/bin` -> `usr/bin`)
/// at the top and is followed in /etc.
void show_host_path(int root, const char* path) {
  char link[PATH_MAX];
  auto top = std::string_view{path}.find('/', 1) == std::string_view::npos;
  auto length = top ? ::readlink(path, link, sizeof(link) - 1) : -1;
  if (length > 0) {
    link[length] = '\0';
    must(::symlinkat(link, root, path + 1), "symlinkat", path);
    return;
  }
  auto tree = clone_tree({path, path, false}, -1, plain);
  if (tree >= 0)
    attach(tree, root, path, is_directory(tree, path));
  else if (errno != ENOENT)
    fail("open_tree", path);
}

/// Whether the sandbox gets a file of its own in place of the host's.
bool is_replaced(const sandbox_plan& plan, std::string_view path) {
  for (auto& bind : plan.binds)
    if (path == bind.target)
      return true;
  return false;
}

void write_names(int root, const char* path, std::string_view text) {
  ::close(make_place(root, path, false));
  auto file = must(open_here(root, path + 1, O_WRONLY), "openat2", path);
  must(::write(file, text.data(), text.size()), "write", path);
  ::close(file);
}

void show_devices(int root) {
  auto mount = make_device_nodes();
  for (auto [name, target] :
       {std::pair{"fd", "/proc/self/fd"}, std::pair{"stdin", "/proc/self/fd/0"},
        std::pair{"stdout", "/proc/self/fd/1"},
        std::pair{"stderr", "/proc/self/fd/2"}})
    must(::symlinkat(target, mount, name), "symlinkat", name);
  attach(mount, root, "/dev", true);
}

/// The root's own directory becomes `/`, the host's tree is let go.
void switch_root(int root) {
  must(::fchdir(root), "fchdir", "root");
  must(::syscall(SYS_pivot_root, ".", "."), "pivot_root", "root");
  must(::umount2(".", MNT_DETACH), "umount", "the host's root");
  must(::chdir("/"), "chdir", "/");
  auto attributes = mount_attr{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(::mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof(attributes)),
       "mount_setattr", "/");
}

} // namespace

void build_root(const sandbox_plan& plan) {
  ::umask(0);
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount",
       "/ as private");
  auto trees = std::vector<int>{};
  for (auto& bind : plan.binds) {
    // A builder mounts parts of its directories once more, with attributes of
    // its own, and may then drop none that we set. All in them is made by who
    // has the ids of this sandbox: no device, no privilege but theirs.
    auto free = plan.is_workshop && bind.writable;
    trees.push_back(must(clone_tree(bind, plan.userns, free ? 0 : plain),
                         "open_tree", bind.source));
  }
  auto root = mount_new("tmpfs", "mode", "755", "1m", plain);
  must(::move_mount(root, "", AT_FDCWD, staging, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", staging);
  for (auto path : host_paths)
    if (!is_replaced(plan, path))
      show_host_path(root, path);
  if (!is_replaced(plan, "/etc/passwd"))
    write_names(root, "/etc/passwd", passwd);
  if (!is_replaced(plan, "/etc/group"))
    write_names(root, "/etc/group", group);
  show_devices(root);
  attach(mount_new("tmpfs", "mode", "1777", "256m", plain), root, "/tmp", true);
  if (plan.is_workshop)
    for (auto path : {"/proc", "/sys"})
      ::close(make_place(root, path, true));
  else
    attach(
      mount_new("proc", "subset", "pid", nullptr, plain | MOUNT_ATTR_NOEXEC),
      root, "/proc", true);
  ::close(make_place(root, "/run", true));
  ::close(make_place(root, "/var", true));
  must(::symlinkat("../tmp", root, "var/tmp"), "symlinkat", "var/tmp");
  for (size_t i = 0; i < trees.size(); ++i)
    attach(trees[i], root, plan.binds[i].target,
           is_directory(trees[i], plan.binds[i].source));
  for (auto& tree : plan.trees)
    attach(tree.mount, root, tree.target, true);
  switch_root(root);
  ::close(root);
  if (plan.is_workshop)
    show_kernel();
  must(::sethostname("worker", 6), "sethostname", "worker");
}

} // namespace berth::ns
