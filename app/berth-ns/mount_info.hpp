#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Which mounts are shared with others.
namespace berth::ns {

/// All peer groups in the text of a mountinfo file.
std::vector<uint64_t> peer_groups(std::string_view text);

/// The peer group of the mount that `fd` lies in; 0 if that is private, nothing
/// if it is mounted no more. Asked of the kernel for this one: a workspace may
/// have a hundred thousand.
std::optional<uint64_t> peer_group_of(int fd);

} // namespace berth::ns
