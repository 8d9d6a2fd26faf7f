#include "app/berthd/config_checker.hpp"
#include "app/berthd/config_sections.hpp"
#include "app/berthd/config_values.hpp"
#include "app/berthd/config_yaml.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "berth/v1/config.pb.h"

namespace berth {

namespace {

constexpr uint32_t ids_each = 65'536;
constexpr uint32_t addresses_each = 4;

/// Above those that workspaces in compatible containers share.
constexpr uint32_t first_id_of_ours = 170'000;

// No process gets by with less; what is meant is a suffix that is missing.
constexpr uint64_t least_memory = 4 << 20;

std::filesystem::path own_directory() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

void read_uid_pool(config_checker& check, const v1::UidPoolConfig& from,
                   settings& into) {
  auto& runtime = into.runtime;
  runtime.uid_start = from.start();
  runtime.uid_size = from.size();
  check.require(from.size() >= ids_each, "runtime.uid_pool.size",
                "not enough for one workspace, which has 65536 ids");
  check.require(from.start() > 100'000, "runtime.uid_pool.start",
                "not above 100000, where the host's own users are");
  // The last two ids mean "none" to somebody.
  check.require(uint64_t{from.start()} + from.size()
                  <= std::numeric_limits<uint32_t>::max() - 1,
                "runtime.uid_pool", "reaches beyond id 2^32-3");
}

void read_subnet(config_checker& check, const std::string& from,
                 settings& into) {
  auto subnet = parse_ipv4_network(from);
  if (!check.require(subnet.has_value(), "runtime.subnet",
                     "not an IPv4 network such as 10.20.0.0/16"))
    return;
  into.runtime.subnet = subnet->base;
  into.runtime.subnet_bits = subnet->bits;
  auto first_byte = subnet->base >> 24;
  check.require(first_byte != 0 && first_byte != 127 && first_byte < 224,
                "runtime.subnet", "no network for hosts");
  check.require(subnet->bits >= 8 && subnet->bits <= 30, "runtime.subnet",
                "not between /8 and /30");
}

/// A server as a workspace names it in HOST:/PATH.
bool is_nfs_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']'))
    return text.find(':') != text.npos
           && is_ip_address(std::string{text.substr(1, text.size() - 2)});
  return text.find_first_of(":/[]@?#") == text.npos
         && is_http_url("http://" + std::string{text});
}

/// Nothing: the image says it.
std::optional<container_kind> read_container(config_checker& check,
                                             const std::string& text,
                                             const std::string& at) {
  if (text == "image")
    return std::nullopt;
  auto kind = container_kind_from_string(text.empty() ? "own" : text);
  check.require(kind.has_value(), at, "neither own, compatible nor image");
  return kind;
}

workspace_class read_class(config_checker& check, const std::string& id,
                           const v1::ClassConfig& from, const settings& into) {
  auto at = path_below("classes", id);
  check.require(is_label(id), at, "not a label's value");
  workspace_class made;
  made.id = id;
  made.display_name = from.display_name().empty() ? id : from.display_name();
  made.description = from.description();
  made.credits_per_minute = from.credits_per_minute();
  check.require(made.credits_per_minute >= 0, at + ".credits_per_minute",
                "less than zero");
  made.cpu_min_millis = check.milli_quantity(from.cpu().min(), at + ".cpu.min");
  made.cpu_burst_millis
    = check.milli_quantity(from.cpu().burst(), at + ".cpu.burst");
  check.require(made.cpu_burst_millis == 0
                  || made.cpu_burst_millis >= made.cpu_min_millis,
                at + ".cpu.burst", "less than cpu.min");
  made.memory_bytes = check.quantity(from.memory(), at + ".memory");
  check.require(made.memory_bytes == 0 || made.memory_bytes >= least_memory,
                at + ".memory", "less than 4Mi");
  made.storage_bytes = check.quantity(from.storage(), at + ".storage");
  made.pids = from.pids();
  made.container = read_container(check, from.container(), at + ".container");
  check.require(made.container == container_kind::own
                  || into.runtime.uid_start >= first_id_of_ours,
                at + ".container",
                "shares ids 100000 to 169999 of the machine: "
                "runtime.uid_pool.start has to be 170000 or more");
  read_class_controls(check, from, at, made);
  return made;
}

} // namespace

void read_runtime(config_checker& check, const v1::RuntimeConfig& from,
                  settings& into) {
  auto& runtime = into.runtime;
  runtime.oci_runtime
    = check.program(from.oci_runtime(), "runtime.oci_runtime");
  runtime.conmon = check.program(from.conmon(), "runtime.conmon");
  runtime.helper_dir = check.absolute_path(
    from.helper_dir(), "runtime.helper_dir", own_directory());
  read_uid_pool(check, from.uid_pool(), into);
  read_subnet(check, from.subnet(), into);
  for (int i = 0; i < from.dns_size(); ++i) {
    check.require(is_ip_address(from.dns(i)),
                  "runtime.dns[" + std::to_string(i) + "]",
                  "not an IP address");
    runtime.dns.push_back(from.dns(i));
  }
  for (int i = 0; i < from.nfs_hosts_size(); ++i) {
    check.require(is_nfs_host(from.nfs_hosts(i)),
                  "runtime.nfs_hosts[" + std::to_string(i) + "]",
                  "not a host such as nfs.example.com or [fd00::1]");
    runtime.nfs_hosts.push_back(from.nfs_hosts(i));
  }
  runtime.max_workspaces = from.max_workspaces();
  auto subnets = (uint64_t{1} << (32 - runtime.subnet_bits)) / addresses_each;
  auto most = std::min<uint64_t>(runtime.uid_size / ids_each, subnets);
  check.require(runtime.max_workspaces <= most, "runtime.max_workspaces",
                "uid_pool and subnet hold only " + std::to_string(most));
}

void read_housekeeping(config_checker& check, const v1::ContentConfig& from,
                       settings& into) {
  auto& content = into.content;
  content.min_free_bytes
    = check.quantity(from.min_free_space(), "content.min_free_space");
  content.min_free_inodes = from.min_free_files();
  content.quarantine_retention = check.duration(
    from.quarantine_retention(), "content.quarantine_retention", true);
  content.quota_period
    = check.duration(from.quota_period(), "content.quota_period", true);
  content.git_cache_bytes
    = check.quantity(from.git_cache_size(), "content.git_cache_size");
  content.git_cache_age
    = check.duration(from.git_cache_age(), "content.git_cache_age");
}

void read_classes(config_checker& check, const v1::Config& from,
                  settings& into) {
  for (auto& [id, limits] : from.classes())
    into.classes[id] = read_class(check, id, limits, into);
  into.preferred_class = from.preferred_class();
  check.require(into.preferred_class.empty()
                  || into.classes.contains(into.preferred_class),
                "preferred_class", "not one of classes");
}

void read_timeouts(config_checker& check, const v1::TimeoutsConfig& from,
                   settings& into) {
  auto read = [&](const std::string& text, const std::string& name) {
    return check.duration(text, "timeouts." + name);
  };
  auto& t = into.timeouts;
  t.regular = read(from.regular(), "regular");
  t.after_close = read(from.after_close(), "after_close");
  t.headless = read(from.headless(), "headless");
  t.max_lifetime = read(from.max_lifetime(), "max_lifetime");
  t.startup = read(from.startup(), "startup");
  t.initialization = read(from.initialization(), "initialization");
  t.content_finalization
    = read(from.content_finalization(), "content_finalization");
  t.stopping = read(from.stopping(), "stopping");
  t.interrupted
    = check.duration(from.interrupted(), "timeouts.interrupted", true);
  t.stopped_retention = read(from.stopped_retention(), "stopped_retention");
  check.require(t.stopping >= t.content_finalization,
                check.mentions("timeouts.stopping")
                  ? "timeouts.stopping"
                  : "timeouts.content_finalization",
                "stopping is shorter than content_finalization");
}

} // namespace berth
