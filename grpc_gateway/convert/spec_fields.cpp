#include "grpc_gateway/convert/spec_fields.hpp"

#include "core/base64.hpp"
#include "grpc_gateway/convert/text.hpp"
#include "model/adjustment.hpp"
#include "model/duration.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace berth::gateway {

namespace {

constexpr auto max_variables = 256;
constexpr auto max_environment = size_t{128} << 10;
constexpr auto max_annotations = size_t{256} << 10;
constexpr auto max_timeout = std::chrono::days{30};
constexpr auto max_keys = 100;
constexpr auto max_key = size_t{16} << 10;
constexpr auto own_ports = std::array{22999u, 23000u}; // supervisor, IDE

/// Thousandths as a Kubernetes quantity.
std::string quantity(uint64_t millis) {
  return millis % 1000 == 0 ? std::to_string(millis / 1000)
                            : std::to_string(millis) + "m";
}

/// A key of any kind, in base64, behind the name of the kind. Options may stand
/// before it, a comment behind.
bool has_public_key(const std::string& line) {
  constexpr auto kinds
    = std::array{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};
  auto words = std::istringstream{line};
  auto kind = std::string{}, key = std::string{};
  for (words >> kind; words >> key; kind = std::move(key))
    if (std::any_of(kinds.begin(), kinds.end(),
                    [&](auto* one) { return kind.starts_with(one); }))
      if (from_base64(key))
        return true;
  return false;
}

} // namespace

caf::error refused(const std::string& why) {
  return make_error(ec::invalid_argument, why);
}

result<exposed_port> to_port(const std::string& field,
                             const wsman::PortSpec& asked) {
  auto number = asked.port();
  auto name = field + ": port " + std::to_string(number);
  if (number == 0 || number > 65535)
    return refused(name + " is none");
  if (std::find(own_ports.begin(), own_ports.end(), number) != own_ports.end())
    return refused(name + " is the workspace's own");
  return exposed_port{number,
                      asked.visibility() == wsman::PORT_VISIBILITY_PUBLIC,
                      asked.protocol() == wsman::PORT_PROTOCOL_HTTPS};
}

result<std::vector<exposed_port>>
to_ports(const google::protobuf::RepeatedPtrField<wsman::PortSpec>& asked) {
  if (static_cast<size_t>(asked.size()) > max_ports)
    return refused("spec.ports: more than " + std::to_string(max_ports));
  auto ports = std::vector<exposed_port>{};
  for (const auto& each : asked) {
    auto port = to_port("spec.ports", each);
    if (!port)
      return std::move(port.error());
    if (std::any_of(ports.begin(), ports.end(), [&](const auto& had) {
          return had.number == port->number;
        }))
      return refused("spec.ports: port " + std::to_string(port->number)
                     + " is there twice");
    ports.push_back(*port);
  }
  return ports;
}

result<std::vector<std::string>>
to_ssh_keys(const std::string& field,
            const google::protobuf::RepeatedPtrField<std::string>& asked) {
  if (asked.size() > max_keys)
    return refused(field + ": more than " + std::to_string(max_keys));
  auto keys = std::vector<std::string>{};
  for (const auto& key : asked) {
    auto end = key.find_last_not_of(" \t\r\n"); // as a file of it has
    keys.push_back(key.substr(0, end + 1));
    if (!is_line(keys.back(), max_key))
      return refused(field + ": control characters or too long");
    if (!has_public_key(keys.back()))
      return refused(field + ": no public key as in authorized_keys(5)");
  }
  return keys;
}

result<given_environment> to_environment(
  const std::string& field,
  const google::protobuf::RepeatedPtrField<wsman::EnvironmentVariable>& asked,
  const find_secret& find) {
  if (asked.size() > max_variables)
    return refused(field + ": more than " + std::to_string(max_variables));
  auto bytes = size_t{0};
  auto env = given_environment{};
  for (const auto& var : asked) {
    if (var.name().empty())
      continue;
    if (!is_variable_name(var.name()))
      return refused(field + ": a name is not of letters, digits and _");
    if (var.value().find('\0') != std::string::npos)
      return refused(field + ": " + var.name() + " contains a NUL");
    auto value = var.value();
    if (value.empty() && var.has_secret()) {
      auto kept = find(var.secret().secret_name() + "/" + var.secret().key());
      if (!kept)
        return refused(field + ": " + var.name() + " refers to "
                       + describe(kept.error()));
      value = std::move(*kept);
      env.secret.insert(var.name());
    }
    bytes += var.name().size() + value.size() + 2;
    env.variables.push_back({var.name(), std::move(value)});
  }
  if (bytes > max_environment)
    return refused(field + ": more than 128 KiB");
  return env;
}

result<std::optional<duration>> to_timeout(const std::string& field,
                                           const std::string& text) {
  if (text.empty())
    return std::optional<duration>{};
  auto given = parse_duration(text);
  if (!given)
    return refused(field + " is no duration");
  if (*given < duration::zero() || *given > max_timeout)
    return refused(field + " is not within 0 and 30 days");
  return std::optional<duration>{*given};
}

std::vector<uint32_t>
to_feature_flags(const google::protobuf::RepeatedField<int>& asked) {
  auto flags = std::vector<uint32_t>{};
  for (auto number : asked) {
    auto flag = static_cast<uint32_t>(number);
    // Unknown ones change nothing, so they need not be kept.
    if (wsman::WorkspaceFeatureFlag_IsValid(number)
        && std::find(flags.begin(), flags.end(), flag) == flags.end())
      flags.push_back(flag);
  }
  return flags;
}

result<std::map<std::string, std::string>>
to_annotations(const google::protobuf::Map<std::string, std::string>& asked,
               const workspace_class& limits,
               const std::vector<uint32_t>& flags) {
  auto bytes = size_t{0};
  for (const auto& [name, value] : asked)
    bytes += name.size() + value.size();
  if (bytes > max_annotations)
    return refused("metadata.annotations: more than 256 KiB");
  auto all = std::map<std::string, std::string>{asked.begin(), asked.end()};
  if (limits.cpu_min_millis > 0)
    all["gitpod.io/cpuMinLimit"] = quantity(limits.cpu_min_millis);
  if (limits.cpu_burst_millis > 0)
    all["gitpod.io/cpuBurstLimit"] = quantity(limits.cpu_burst_millis);
  for (auto flag : flags) {
    if (flag == wsman::WORKSPACE_CONNECTION_LIMITING)
      all["gitpod.io/netConnLimitPerMinute"] = "true";
    if (flag == wsman::WORKSPACE_PSI)
      all["gitpod.io/psi"] = "true";
  }
  return all;
}

} // namespace berth::gateway
