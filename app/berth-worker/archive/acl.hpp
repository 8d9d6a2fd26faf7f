#pragma once

#include "model/error.hpp"

#include <archive_entry.h>

#include <string>
#include <string_view>
#include <vector>

/// Access control lists, acl(5), between what the kernel keeps of a file and
/// what a tar says of it (`SCHILY.acl.*`, which GNU tar and bsdtar read).
namespace berth::worker {

/// As the kernel takes it, setxattr(2).
struct file_acl {
  std::string name; ///< system.posix_acl_access, or ..._default of a directory
  std::string value;
};

/// Whether an extended attribute is such a list.
bool is_acl(std::string_view xattr);

/// What is no list says nothing. The permissions of the entry's group become
/// those of its group in the list: to who knows no lists, the others of the
/// list are nobody.
void add_acl(archive_entry*, std::string_view xattr, std::string_view value);

/// Those that say more than the permissions do.
std::vector<file_acl> acls_of(archive_entry*);

/// The same without whom nobody could be given back.
file_acl sound_acl(std::string_view xattr, std::string_view value);

/// Where the file system has none, or takes it for none, nothing is set.
result<void> set_acl(int fd, const file_acl&, const std::string& path);

/// What a new file has of its directory's default one.
void drop_inherited_acls(int fd);

} // namespace berth::worker
