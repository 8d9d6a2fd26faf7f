#include "grpc_gateway/convert/in_workspace.hpp"

#include "core/iws/inner_network.hpp"
#include "core/iws/nfs_request.hpp"
#include "test/fuzz/targets.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <set>
#include <string>

#include "ws-daemon-api/workspace_daemon.pb.h"

namespace berth::fuzz {

namespace {

using wide = unsigned __int128;

constexpr uint32_t some_first_id = 1'000'000;
constexpr uint32_t last_first_id = 4'294'901'000;

struct wide_interval {
  wide begin, end;
};

bool is_within(wide_interval inner, wide_interval outer) {
  return inner.begin >= outer.begin && inner.end <= outer.end;
}

bool are_apart(wide_interval a, wide_interval b) {
  return a.end <= b.begin || b.end <= a.begin;
}

wide_interval inside_of(const id_map_line& line) {
  return {line.container_id, wide{line.container_id} + line.size};
}

wide_interval here_of(const id_map_line& line) {
  return {line.host_id, wide{line.host_id} + line.size};
}

/// What the kernel is told gives a workspace nothing but its own ids.
void must_be_its_own(const id_map& map, container_kind kind,
                     uint32_t first_id) {
  require(!map.empty() && map.size() <= 340, "the kernel takes as many lines");
  for (const auto& line : map) {
    auto own = wide_interval{first_id, wide{first_id} + 65536};
    if (kind == container_kind::compatible)
      own = line.container_id == 0 ? wide_interval{33333, 33334}
                                   : wide_interval{100000, 170000};
    require(line.size > 0 && is_within(here_of(line), own),
            "every id is the workspace's");
    require(inside_of(line).end <= UINT32_MAX, "no id is none");
    for (const auto& other : map)
      require(&other == &line
                || (are_apart(inside_of(line), inside_of(other))
                    && are_apart(here_of(line), here_of(other))),
              "no id stands twice");
  }
  auto text = id_map_text(map);
  require(std::count(text.begin(), text.end(), '\n')
            == static_cast<std::ptrdiff_t>(map.size()),
          "a line is one");
}

void try_map(const std::string& bytes) {
  auto request = iws::WriteIDMappingRequest{};
  if (!request.ParseFromString(bytes))
    return;
  auto asked = gateway::to_id_map(request);
  for (auto first_id : {some_first_id, last_first_id})
    for (auto kind : {container_kind::own, container_kind::compatible}) {
      auto map
        = kind == container_kind::own ? in_own_range(asked, first_id) : asked;
      if (check_id_map(map, allowance_of(kind, first_id)))
        must_be_its_own(map, kind, first_id);
    }
}

void try_nfs(const std::string& bytes) {
  static const auto policy = nfs_policy{{"files.example.com", "[fd00::1]"}};
  static const auto known = std::set<std::string>{
    "vers",  "soft",  "timeo",    "retrans", "sec",       "proto",
    "rsize", "wsize", "nconnect", "actimeo", "noresvport"};
  auto request = iws::MountNfsRequest{};
  if (!request.ParseFromString(bytes))
    return;
  auto asked = gateway::to_mount(request);
  auto plan = parse_nfs(asked.source, asked.options, policy);
  if (!plan)
    return;
  require(plan->host == policy.hosts[0] || plan->host == policy.hosts[1],
          "the host is the operator's");
  require(plan->path.starts_with('/')
            && plan->host + ":" + plan->path == asked.source,
          "a source is taken as a whole");
  auto names = std::set<std::string>{};
  for (const auto& [name, value] : plan->options) {
    require(known.contains(name) && names.insert(name).second,
            "an option is a known one, and stands once");
    require(value.find_first_of(std::string_view{",=\0 ", 4}) == value.npos,
            "a value is one");
  }
  require(names.contains("soft") && names.contains("timeo")
            && names.contains("retrans"),
          "a dead server holds nobody for ever");
}

void try_subnet(const std::string& text) {
  auto subnet = parse_inner_subnet(text);
  if (!subnet)
    return;
  auto size = uint64_t{1} << (32 - subnet->bits);
  require(subnet->gateway / size == subnet->address / size
            && subnet->address == subnet->gateway + 1
            && subnet->gateway % size == 1 && size >= 4,
          "two addresses of one network, neither its own nor its last");
  require(inner_rules(*subnet).starts_with(without_inner_rules),
          "rules take the place of those that are there");
}

/// The first byte says what the rest is.
void try_in_workspace(std::string_view input) {
  if (input.empty())
    return;
  auto rest = std::string{input.substr(1)};
  switch (input.front()) {
    case 'n': return try_nfs(rest);
    case 's': return try_subnet(rest);
    default: return try_map(rest);
  }
}

void hush() {
  google::protobuf::SetLogHandler(nullptr);
}

} // namespace

const target in_workspace{"in_workspace", try_in_workspace, hush};

} // namespace berth::fuzz
