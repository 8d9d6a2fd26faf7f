#include "core/iws/nfs_request.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace berth {

namespace {

constexpr size_t longest_source = 1024;
constexpr size_t longest_args = 1024;

struct number_option {
  std::string_view name;
  uint32_t least, most;
};

constexpr number_option number_options[] = {
  {"rsize", 1024, 1048576}, {"wsize", 1024, 1048576}, {"timeo", 1, 100},
  {"retrans", 1, 2},        {"nconnect", 1, 4},       {"actimeo", 0, 3600},
};

constexpr std::string_view versions[] = {"4", "4.0", "4.1", "4.2"};

/// What every mount has, unless the request says better.
constexpr std::pair<const char*, const char*> usual_options[] = {
  {"vers", "4.2"},  {"soft", ""},   {"timeo", "100"},
  {"retrans", "2"}, {"sec", "sys"}, {"proto", "tcp"},
};

caf::error refusal_of(std::string_view what, std::string_view why) {
  return make_error(ec::invalid_argument,
                    "nfs: " + std::string{what} + ": " + std::string{why});
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_bounded(const number_option& option, std::string_view text) {
  auto value = uint32_t{0};
  auto [end, err]
    = std::from_chars(text.data(), text.data() + text.size(), value);
  return err == std::errc{} && end == text.data() + text.size()
         && value >= option.least && value <= option.most;
}

void set(nfs_plan& plan, std::string_view name, std::string_view value) {
  for (auto& [key, old] : plan.options)
    if (key == name) {
      old = value;
      return;
    }
  plan.options.emplace_back(name, value);
}

/// Takes over one `name` or `name=value`; false if it may not be.
bool take_option(nfs_plan& plan, std::string_view text) {
  auto equals = text.find('=');
  auto name = text.substr(0, equals);
  auto value
    = equals == text.npos ? std::string_view{} : text.substr(equals + 1);
  if (equals == text.npos) {
    if (name == "ro" || name == "rw")
      plan.read_only = name == "ro";
    else if (name == "noresvport")
      set(plan, name, "");
    else
      return name == "soft";
    return true;
  }
  if (name == "vers" || name == "nfsvers") {
    set(plan, "vers", value);
    return std::find(std::begin(versions), std::end(versions), value)
           != std::end(versions);
  }
  if (name == "proto")
    return value == "tcp";
  for (const auto& option : number_options)
    if (option.name == name) {
      set(plan, name, value);
      return is_bounded(option, value);
    }
  return false;
}

/// HOST:/PATH, where HOST may be [V6].
result<nfs_plan> split_source(std::string_view source) {
  if (source.size() > longest_source || !is_printable(source))
    return refusal_of("source", "too long or not plain text");
  auto colon
    = source.find(":/", source.starts_with('[') ? source.find(']') : 0);
  if (colon == source.npos || colon == 0 || source.starts_with('-')
      || source.starts_with('/'))
    return refusal_of("source", "not HOST:/PATH");
  auto plan = nfs_plan{};
  plan.host = source.substr(0, colon);
  plan.path = source.substr(colon + 1);
  for (auto [key, value] : usual_options)
    plan.options.emplace_back(key, value);
  return plan;
}

} // namespace

result<nfs_plan> parse_nfs(std::string_view source, std::string_view args,
                           const nfs_policy& policy) {
  auto plan = split_source(source);
  if (!plan)
    return plan;
  if (args.size() > longest_args)
    return refusal_of("options", "too long");
  while (!args.empty()) {
    auto option = args.substr(0, args.find(','));
    args.remove_prefix(std::min(option.size() + 1, args.size()));
    if (!take_option(*plan, option))
      return refusal_of("options", "one that is not allowed");
  }
  const auto& hosts = policy.hosts;
  if (std::find(hosts.begin(), hosts.end(), plan->host) == hosts.end())
    return make_error(ec::permission_denied,
                      "nfs: host " + plan->host + " is not allowed");
  return plan;
}

} // namespace berth
