#pragma once

#include <string_view>
#include <vector>

/// What a mountinfo file says of shared mounts.
namespace berth::ns {

/// All peer groups in it.
std::vector<unsigned long> peer_groups(std::string_view text);

/// The peer group of mount `id`; 0 if that is private or not there.
unsigned long peer_group_of(std::string_view text, unsigned long id);

} // namespace berth::ns
