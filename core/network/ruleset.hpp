#pragma once

#include "core/network/egress.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What nft(8) is told. All instances of a host share the table `inet berth`;
/// each has its own chains and sets, which end in its key, so that one comes
/// and goes without touching another.
namespace berth {

struct ruleset_plan {
  std::string key;             ///< of the instance: four hex digits
  std::string link_prefix;     ///< its links start like this
  std::string any_link_prefix; ///< those of every instance do
  std::vector<uint32_t> dns;   ///< what workspaces may ask for names
  egress_plan workers;
  /// Whether to leave a mark that forwarding was off before the first of all
  /// instances came.
  bool forwarding_was_off = false;
};

/// One transaction that makes the instance's rules what they shall be, whatever
/// was there.
///
/// A workspace reaches the listed name servers and what is neither private,
/// nor link-local (cloud metadata), nor another workspace, nor this host. It
/// sends from its own address only and no IPv6, and has so many connections at
/// a time that others have room for theirs. From outside nothing is forwarded
/// to it; the host itself reaches it.
///
/// What runs on this host under an id of `workers` (who clones, downloads,
/// pulls) reaches nothing in its denied networks but the exceptions, and none
/// of the node's own ports.
std::string rules_of(const ruleset_plan&);

/// One transaction that removes the instance's chains and sets, whether or not
/// they are there; the table stays.
std::string without_rules_of(std::string_view key);

/// What is left of the table after that.
struct table_state {
  bool in_use = false; ///< by another instance
  bool forwarding_was_off = false;
};

/// Reads what `nft list table inet berth` printed.
table_state table_in(std::string_view listing);

inline constexpr std::string_view remove_table
  = "add table inet berth\ndelete table inet berth\n";

} // namespace berth
