#include "app/berth-ns/mount_info.hpp"

#include "app/berth-ns/fail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

// Newer than the headers we are built with.
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

namespace berth::ns {

namespace {

constexpr auto unique_mount_id = 0x4000u; // STATX_MNT_ID_UNIQUE

/// As the kernel reads it (Linux 6.8).
struct mount_request {
  uint32_t size = sizeof(mount_request);
  uint32_t spare = 0;
  uint64_t mount = 0;
  uint64_t param = 0;
};

constexpr uint64_t tell_propagation = 0x2; // STATMOUNT_MNT_BASIC

/// All of the kernel's answer that has no text.
struct mount_answer {
  uint32_t size, options;
  uint64_t mask;
  uint32_t device_major, device_minor;
  uint64_t magic;
  uint32_t flags, type;
  uint64_t id, parent;
  uint32_t old_id, old_parent;
  uint64_t attributes, propagation, peer_group;
  uint64_t rest[53];
};
static_assert(sizeof(mount_answer) == 512);

uint64_t leading_number(std::string_view text) {
  auto value = uint64_t{0};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view take_until(std::string_view& text, char end) {
  auto part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// "36 35 98:0 / /mnt rw shared:1 master:2 - ext4 ...": of the fields up to
/// the dash the seventh and later are tags. Blanks in names are escaped.
uint64_t group_in(std::string_view line) {
  constexpr auto tag = std::string_view{"shared:"};
  for (auto field = 1; !line.empty(); ++field) {
    auto word = take_until(line, ' ');
    if (word == "-")
      return 0;
    if (field > 6 && word.starts_with(tag))
      return leading_number(word.substr(tag.size()));
  }
  return 0;
}

} // namespace

std::vector<uint64_t> peer_groups(std::string_view text) {
  auto groups = std::vector<uint64_t>{};
  while (!text.empty())
    if (auto group = group_in(take_until(text, '\n')); group != 0)
      groups.push_back(group);
  return groups;
}

std::optional<uint64_t> peer_group_of(int fd) {
  struct statx found {};
  must(::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, unique_mount_id,
               &found),
       "statx", "target");
  auto request = mount_request{};
  request.mount = found.stx_mnt_id;
  request.param = tell_propagation;
  auto told = mount_answer{};
  auto outcome = ::syscall(SYS_statmount, &request, &told, sizeof(told), 0);
  if (outcome < 0 && errno == ENOENT)
    return std::nullopt;
  must(outcome, "statmount", "target");
  return told.peer_group;
}

} // namespace berth::ns
