#include "sys/mount_count.hpp"

#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// Newer than the headers we are built with.
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif

namespace berth::sys {

namespace {

/// As the kernel reads it (Linux 6.11).
struct mount_request {
  uint32_t size = sizeof(mount_request);
  uint32_t spare = 0;
  uint64_t mount = 0;
  uint64_t param = 0;
  uint64_t mount_ns = 0;
};
static_assert(sizeof(mount_request) == 32);

constexpr uint64_t root_of_namespace = ~uint64_t{0};
constexpr uint64_t tell_super_block = 0x1;
constexpr uint64_t tell_root = 0x8;

/// The start of the kernel's answer; texts follow after 512 bytes.
struct mount_answer {
  uint32_t size, options;
  uint64_t mask;
  uint32_t device_major, device_minor;
  uint64_t magic;
  uint32_t flags, type;
  uint64_t id, parent;
  uint32_t old_id, old_parent;
  uint64_t attributes, propagation, peer_group, master, propagate_from;
  uint32_t root, point;
};
constexpr size_t texts_at = 512;
constexpr size_t longest_answer = texts_at + 16384;
constexpr uint64_t nfs_magic = 0x6969;

/// A workspace may have a hundred thousand, and the time for looking is ours.
constexpr size_t most_looked_at = 4096;
constexpr auto beyond_counting = mount_counts{UINT64_MAX, UINT64_MAX};

/// One step of listing; how many there are more.
result<size_t> list_some(uint64_t ns, uint64_t after,
                         std::array<uint64_t, 256>& into) {
  auto request = mount_request{};
  request.mount = root_of_namespace;
  request.param = after;
  request.mount_ns = ns;
  auto count = ::syscall(SYS_listmount, &request, into.data(), into.size(), 0);
  if (count < 0)
    return errno_error(errno, "listmount", std::to_string(ns));
  return static_cast<size_t>(count);
}

/// The kind of file system that is mounted as a whole; 0 for anything else.
uint64_t magic_of_whole(uint64_t ns, uint64_t mount,
                        std::vector<char>& buffer) {
  auto request = mount_request{};
  request.mount = mount;
  request.param = tell_super_block | tell_root;
  request.mount_ns = ns;
  if (::syscall(SYS_statmount, &request, buffer.data(), buffer.size(), 0) < 0)
    return 0; // gone meanwhile
  auto told = mount_answer{};
  std::memcpy(&told, buffer.data(), sizeof(told));
  auto is_whole
    = told.root < buffer.size() - texts_at
      && std::string_view{buffer.data() + texts_at + told.root} == "/";
  return is_whole ? told.magic : 0;
}

} // namespace

result<uint64_t> mount_namespace_id(const fd& ns) {
  auto id = uint64_t{0};
  if (::ioctl(ns.get(), NS_GET_MNTNS_ID, &id) < 0)
    return errno_error(errno, "NS_GET_MNTNS_ID", "mount namespace");
  return id;
}

result<mount_counts> count_mounts(uint64_t id) {
  auto counts = mount_counts{};
  auto found = std::array<uint64_t, 256>{};
  auto buffer = std::vector<char>(longest_answer);
  auto last = uint64_t{0};
  for (size_t looked_at = 0; looked_at <= most_looked_at;
       looked_at += found.size()) {
    auto count = list_some(id, last, found);
    if (!count && is_errno(count.error(), ENOENT))
      return counts;
    if (!count)
      return count.error();
    for (size_t i = 0; i < *count; ++i) {
      auto magic = magic_of_whole(id, found[i], buffer);
      if (magic == PROC_SUPER_MAGIC || magic == SYSFS_MAGIC)
        ++counts.kernel;
      else if (magic == nfs_magic)
        ++counts.nfs;
    }
    if (*count < found.size())
      return counts;
    last = found.back();
  }
  return beyond_counting;
}

} // namespace berth::sys
