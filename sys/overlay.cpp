#include "sys/mount.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace berth::sys {

namespace {

constexpr auto set_fd = static_cast<fsconfig_command>(FSCONFIG_SET_FD);

/// The calling thread's capabilities. Raw calls: the C library's act on every
/// thread of the process.
struct capabilities {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2]{};

  bool load() { return ::syscall(SYS_capget, &header, sets) == 0; }
  bool store() { return ::syscall(SYS_capset, &header, sets) == 0; }
};

/// This thread makes files as `id` but keeps its capabilities, until the scope
/// ends.
class file_identity {
public:
  explicit file_identity(uint32_t id) {
    auto caps = capabilities{};
    ok_ = caps.load();
    // Leaving id 0 takes the file capabilities out of the effective set.
    group_ = ::setfsgid(id);
    user_ = ::setfsuid(id);
    ok_ = caps.store() && ok_;
  }
  file_identity(const file_identity&) = delete;
  file_identity& operator=(const file_identity&) = delete;
  ~file_identity() {
    ::setfsuid(static_cast<uid_t>(user_));
    ::setfsgid(static_cast<gid_t>(group_));
  }
  explicit operator bool() const { return ok_; }

private:
  int user_ = 0;
  int group_ = 0;
  bool ok_ = false;
};

/// `call` failed on an fs context: its errno with the kernel's own words, of
/// which the context holds one line a read ("e overlay: ...").
caf::error context_error(const fd& context, const char* call,
                         const std::string& subject) {
  auto err = errno;
  auto text = subject;
  char line[256];
  for (auto n = ssize_t{}; (n = ::read(context.get(), line, sizeof(line))) > 0;)
    text.append(" (").append(line, static_cast<size_t>(n)).append(")");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return errno_error(err, call, text);
}

result<void> add(const fd& context, const char* key, const fd& tree,
                 const std::string& name) {
  if (::fsconfig(context.get(), set_fd, key, nullptr, tree.get()) < 0)
    return context_error(context, key, name);
  return {};
}

result<fd> mapped_tree(const std::filesystem::path& path, const fd& userns,
                       access how) {
  auto tree = clone_tree(path);
  if (!tree)
    return tree;
  if (auto mapped = map_ids(*tree, userns, how); !mapped)
    return mapped.error();
  return tree;
}

/// Makes (on disk: as 0) and opens `name` in the writable tree.
result<fd> open_part(const fd& tree, const char* name) {
  if (::mkdirat(tree.get(), name, 0755) < 0 && errno != EEXIST)
    return errno_error(errno, "mkdirat", name);
  auto part = fd{
    ::openat(tree.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!part)
    return errno_error(errno, "openat", name);
  return part;
}

/// Names the trees to the context. They must outlive the making of the mount:
/// a closed detached tree is no more.
result<void> add_trees(const fd& context, const overlay_spec& spec,
                       const fd& userns, std::vector<fd>& trees) {
  for (auto& layer : spec.layers) {
    auto tree = mapped_tree(layer, userns, access::read_only);
    if (!tree)
      return tree.error();
    if (auto added = add(context, "lowerdir+", *tree, layer.native()); !added)
      return added;
    trees.push_back(std::move(*tree));
  }
  // Upper and work must be on one mount: one clone, both opened through it.
  auto writable = mapped_tree(spec.upper, userns, access::read_write);
  if (!writable)
    return writable.error();
  for (auto [key, name] :
       {std::pair{"upperdir", "upper"}, std::pair{"workdir", "work"}}) {
    auto part = open_part(*writable, name);
    if (!part)
      return part.error();
    if (auto added = add(context, key, *part, spec.upper / name); !added)
      return added;
    trees.push_back(std::move(*part));
  }
  trees.push_back(std::move(*writable));
  return {};
}

} // namespace

result<fd> mount_overlay(const overlay_spec& spec, const fd& userns) {
  auto identity = file_identity{spec.first_id};
  if (!identity)
    return make_error(ec::internal, "capset: capabilities lost");
  auto context = fd{::fsopen("overlay", FSOPEN_CLOEXEC)};
  if (!context)
    return errno_error(errno, "fsopen", "overlay");
  auto trees = std::vector<fd>{};
  if (auto added = add_trees(context, spec, userns, trees); !added)
    return added.error();
  auto name = spec.upper.native();
  if (::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", "berth", 0) < 0)
    return context_error(context, "fsconfig(source)", name);
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0)
    return context_error(context, "fsconfig(create overlay)", name);
  auto mount = fd{::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV)};
  if (!mount)
    return context_error(context, "fsmount", name);
  return mount;
}

} // namespace berth::sys
