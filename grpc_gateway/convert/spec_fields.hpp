#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
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

struct given_environment {
  std::vector<env_var> variables;
  std::set<std::string> secret; ///< names of those that refer to a secret
};

/// Gives the value of a secret that a variable refers to.
using find_secret
  = std::function<result<std::string>(const std::string& secret_and_key)>;

/// At most 256 variables and 128 KiB. Those without a name are left out. Of a
/// variable that has a value and a reference, the value counts.
result<given_environment> to_environment(
  const std::string& field,
  const google::protobuf::RepeatedPtrField<wsman::EnvironmentVariable>&,
  const find_secret&);

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
