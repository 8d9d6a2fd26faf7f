#pragma once

#include "model/resource_limits.hpp"
#include "model/workspace.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What nft(8) is told to hold down how fast workspaces open connections. The
/// rules stand on this side of a workspace's link, where nobody inside can
/// touch them: a map from link to chain, so that a packet meets one chain
/// however many workspaces there are.
namespace berth {

/// The limit of a workspace: its class's, with another number where the
/// annotation `gitpod.io/netConnLimitPerMinute` says one. An annotation that
/// says no number asks for the class's limit, or for the usual one where that
/// has none.
std::optional<connection_limit>
connection_limit_of(const workspace_spec&, const connection_limit& of_class);

/// One transaction that limits what comes through `link`; `key` is the
/// instance's, see `layout`. Again: replaced.
std::string limit_connections(std::string_view key, const std::string& link,
                              const connection_limit&);

/// One transaction that takes it back, whether or not it is there.
std::string unlimit_connections(std::string_view key, const std::string& link);

/// The same of all that `nft list table inet berth` shows of this instance;
/// empty if there is nothing.
std::string unlimit_all_connections(std::string_view key,
                                    std::string_view listing);

struct connection_drops {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool operator==(const connection_drops&) const = default;
};

/// By link, what `nft list counters table inet berth` shows of this instance.
std::map<std::string, connection_drops>
connection_drops_in(std::string_view key, std::string_view listing);

} // namespace berth
