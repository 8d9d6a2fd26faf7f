#include "app/berth-worker/archive/acl.hpp"

#include "app/berth-worker/archive/limits.hpp"

#include <archive.h>
#include <linux/limits.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace berth::worker {

namespace {

struct kind_of_list {
  const char* xattr;
  int type; ///< of libarchive
};

constexpr auto kinds = std::array{
  kind_of_list{"system.posix_acl_access", ARCHIVE_ENTRY_ACL_TYPE_ACCESS},
  kind_of_list{"system.posix_acl_default", ARCHIVE_ENTRY_ACL_TYPE_DEFAULT}};

/// In the order in which the kernel wants them.
constexpr auto tags
  = std::array{std::pair{ACL_USER_OBJ, ARCHIVE_ENTRY_ACL_USER_OBJ},
               std::pair{ACL_USER, ARCHIVE_ENTRY_ACL_USER},
               std::pair{ACL_GROUP_OBJ, ARCHIVE_ENTRY_ACL_GROUP_OBJ},
               std::pair{ACL_GROUP, ARCHIVE_ENTRY_ACL_GROUP},
               std::pair{ACL_MASK, ARCHIVE_ENTRY_ACL_MASK},
               std::pair{ACL_OTHER, ARCHIVE_ENTRY_ACL_OTHER}};

bool is_named(int kernels_tag) {
  return kernels_tag == ACL_USER || kernels_tag == ACL_GROUP;
}

void append(std::string& to, const posix_acl_xattr_entry& entry) {
  to.append(reinterpret_cast<const char*>(&entry), sizeof entry);
}

std::string begin_of_list() {
  auto header = posix_acl_xattr_header{POSIX_ACL_XATTR_VERSION};
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// Those of a list that can be given back: not an owner out of the range.
template <class Visit>
void for_each_entry(std::string_view list, Visit visit) {
  auto header = posix_acl_xattr_header{};
  if (list.size() < sizeof header)
    return;
  std::memcpy(&header, list.data(), sizeof header);
  if (header.a_version != POSIX_ACL_XATTR_VERSION)
    return;
  list.remove_prefix(sizeof header);
  for (auto one = posix_acl_xattr_entry{}; list.size() >= sizeof one;
       list.remove_prefix(sizeof one)) {
    std::memcpy(&one, list.data(), sizeof one);
    auto is_known = std::ranges::any_of(
      tags, [&](const auto& tag) { return tag.first == one.e_tag; });
    if (is_known && (!is_named(one.e_tag) || one.e_id <= last_id))
      visit(one);
  }
}

/// All of one type, as the kernel takes them; empty if there are none.
std::string list_of(archive_entry* entry, int type) {
  if (archive_entry_acl_reset(entry, type) == 0)
    return {};
  auto of_tag = std::array<std::string, tags.size()>{};
  int found_type = 0, permissions = 0, tag = 0, id = 0;
  const char* name = nullptr;
  while (archive_entry_acl_next(entry, type, &found_type, &permissions, &tag,
                                &id, &name)
         == ARCHIVE_OK) {
    auto at = std::ranges::find(tags, tag, [](auto& t) { return t.second; });
    if (at == tags.end())
      continue;
    auto one = posix_acl_xattr_entry{};
    one.e_tag = static_cast<uint16_t>(at->first);
    one.e_perm = static_cast<uint16_t>(permissions & 7);
    one.e_id = ACL_UNDEFINED_ID;
    // A name without a number is one of another machine.
    if (is_named(at->first)) {
      if (id < 0 || static_cast<uint32_t>(id) > last_id)
        continue;
      one.e_id = static_cast<uint32_t>(id);
    }
    append(of_tag[static_cast<size_t>(at - tags.begin())], one);
  }
  auto out = begin_of_list();
  for (const auto& each : of_tag)
    out += each;
  return out;
}

} // namespace

bool is_acl(std::string_view xattr) {
  return std::ranges::any_of(
    kinds, [&](const auto& kind) { return xattr == kind.xattr; });
}

void add_acl(archive_entry* entry, std::string_view xattr,
             std::string_view value) {
  auto kind = std::ranges::find_if(
    kinds, [&](const auto& each) { return xattr == each.xattr; });
  if (kind == kinds.end())
    return;
  for_each_entry(value, [&](const posix_acl_xattr_entry& one) {
    auto tag = std::ranges::find(tags, int{one.e_tag},
                                 [](auto& each) { return each.first; });
    archive_entry_acl_add_entry(
      entry, kind->type, one.e_perm & 7, tag->second,
      is_named(one.e_tag) ? static_cast<int>(one.e_id) : -1, nullptr);
  });
}

std::vector<file_acl> acls_of(archive_entry* entry) {
  auto out = std::vector<file_acl>{};
  for (const auto& kind : kinds)
    if (auto value = list_of(entry, kind.type);
        !value.empty() && value.size() <= XATTR_SIZE_MAX)
      out.push_back({kind.xattr, std::move(value)});
  return out;
}

file_acl sound_acl(std::string_view xattr, std::string_view value) {
  auto out = file_acl{std::string{xattr}, begin_of_list()};
  for_each_entry(
    value, [&](const posix_acl_xattr_entry& one) { append(out.value, one); });
  return out;
}

result<void> set_acl(int fd, const file_acl& acl, const std::string& path) {
  if (::fsetxattr(fd, acl.name.c_str(), acl.value.data(), acl.value.size(), 0)
      == 0)
    return {};
  auto is_refused = errno == ENOTSUP || errno == EPERM || errno == EINVAL
                    || errno == EACCES || errno == E2BIG;
  if (is_refused)
    return {};
  return errno_error(errno, "fsetxattr", path);
}

void drop_inherited_acls(int fd) {
  for (const auto& kind : kinds)
    (void)!::fremovexattr(fd, kind.xattr);
}

} // namespace berth::worker
