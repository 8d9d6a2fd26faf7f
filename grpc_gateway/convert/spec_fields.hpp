#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ws-manager-api/core.pb.h"

/// The lists and texts of a start, each checked and translated alone.
namespace berth::gateway {

/// The answer to a request that breaks a rule: `invalid_argument`.
caf::error refused(const std::string& why);

/// 1 to 65535, none of the two that a workspace answers its owner's IDE on.
result<exposed_port> to_port(const std::string& field, const wsman::PortSpec&);

/// At most `max_ports`, each once.
result<std::vector<exposed_port>>
to_ports(const google::protobuf::RepeatedPtrField<wsman::PortSpec>&);

/// At most 256 variables and 128 KiB. Those without a name are left out; a
/// reference to a secret of a cluster is refused: there are none on a node.
result<std::vector<env_var>> to_environment(
  const std::string& field,
  const google::protobuf::RepeatedPtrField<wsman::EnvironmentVariable>&);

/// Nothing for an empty text; else a Go duration from 0 to 30 days.
result<std::optional<duration>> to_timeout(const std::string& field,
                                           const std::string& text);

/// At most 100 lines of an authorized_keys file, 16 KiB each.
result<std::vector<std::string>>
to_ssh_keys(const std::string& field,
            const google::protobuf::RepeatedPtrField<std::string>&);

/// Each flag once, in the order of the request.
std::vector<uint32_t>
to_feature_flags(const google::protobuf::RepeatedField<int>&);

/// The client's annotations (at most 256 KiB), and those by which a manager
/// says what it made of class and flags.
result<std::map<std::string, std::string>>
to_annotations(const google::protobuf::Map<std::string, std::string>&,
               const workspace_class&, const std::vector<uint32_t>& flags);

} // namespace berth::gateway
