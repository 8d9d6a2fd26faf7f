#include "app/berth-worker/archive/acl.hpp"

#include "app/berth-worker/archive/limits.hpp"

#include <archive.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
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
  auto header = posix_acl_xattr_header{POSIX_ACL_XATTR_VERSION};
  auto out = std::string{reinterpret_cast<const char*>(&header), sizeof header};
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
  auto header = posix_acl_xattr_header{};
  if (kind == kinds.end() || value.size() < sizeof header)
    return;
  std::memcpy(&header, value.data(), sizeof header);
  if (header.a_version != POSIX_ACL_XATTR_VERSION)
    return;
  value.remove_prefix(sizeof header);
  for (auto one = posix_acl_xattr_entry{}; value.size() >= sizeof one;
       value.remove_prefix(sizeof one)) {
    std::memcpy(&one, value.data(), sizeof one);
    auto at = std::ranges::find(tags, int{one.e_tag},
                                [](auto& t) { return t.first; });
    // An owner outside the range is none that can be given back.
    if (at == tags.end() || (is_named(at->first) && one.e_id > last_id))
      continue;
    archive_entry_acl_add_entry(
      entry, kind->type, one.e_perm & 7, at->second,
      is_named(at->first) ? static_cast<int>(one.e_id) : -1, nullptr);
  }
}

std::vector<file_acl> acls_of(archive_entry* entry) {
  auto out = std::vector<file_acl>{};
  for (const auto& kind : kinds)
    if (auto value = list_of(entry, kind.type); !value.empty())
      out.push_back({kind.xattr, std::move(value)});
  return out;
}

void set_acl(int fd, const file_acl& acl) {
  (void)!::fsetxattr(fd, acl.name.c_str(), acl.value.data(), acl.value.size(),
                     0);
}

} // namespace berth::worker
