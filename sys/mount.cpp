#include "sys/mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

namespace berth::sys {

namespace fs = std::filesystem;

result<fd> clone_tree(const fs::path& source) {
  auto tree = fd{
    ::open_tree(AT_FDCWD, source.c_str(),
                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW)};
  if (!tree)
    return errno_error(errno, "open_tree", source.native());
  auto attributes = mount_attr{};
  attributes.propagation = MS_PRIVATE;
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes,
                      sizeof(attributes))
      < 0)
    return errno_error(errno, "mount_setattr(private)", source.native());
  return tree;
}

result<void> map_ids(const fd& mount, const fd& userns, access how) {
  auto attributes = mount_attr{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  if (how == access::read_only)
    attributes.attr_set |= MOUNT_ATTR_RDONLY;
  attributes.userns_fd = static_cast<uint64_t>(userns.get());
  if (::mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attributes,
                      sizeof(attributes))
      < 0)
    return errno_error(errno, "mount_setattr(idmap)",
                       "descriptor " + std::to_string(mount.get()));
  return {};
}

} // namespace berth::sys
