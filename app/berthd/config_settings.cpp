#include "app/berthd/config_settings.hpp"

#include "app/berthd/config_checker.hpp"
#include "app/berthd/config_sections.hpp"
#include "app/berthd/config_values.hpp"
#include "app/berthd/config_yaml.hpp"
#include "sys/file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "berth/v1/config.pb.h"

namespace berth {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void read_node(config_checker& check, const v1::NodeConfig& from,
               settings& into) {
  auto& node = into.node;
  node.name = from.name().empty() ? host_name() : from.name();
  check.require(!node.name.empty() && !has_blanks(node.name), "node.name",
                "not a name");
  node.state_dir = check.absolute_path(from.state_dir(), "node.state_dir");
  check.require(node.state_dir.has_relative_path(), "node.state_dir",
                "not a directory of our own");
  node.run_dir = check.absolute_path(from.run_dir(), "node.run_dir");
  check.require(node.run_dir.has_relative_path()
                  && node.run_dir != node.state_dir,
                "node.run_dir", "not a directory of our own");
}

/// Whether nobody on the way can read what goes to `url`.
bool is_private(std::string_view url) {
  constexpr auto plain = std::string_view{"http://"};
  if (!url.starts_with(plain))
    return true;
  auto host = std::string{url.substr(plain.size())};
  auto named = parse_host_port(host);
  return is_loopback(named ? named->host : host);
}

/// Whether nothing follows the host and port of `url`.
bool is_origin(std::string_view url) {
  return url.find_first_of("/?#@", url.find("://") + 3) == url.npos;
}

void read_s3(config_checker& check, const v1::StorageConfig& from,
             settings& into) {
  auto& storage = into.storage;
  storage.endpoint = from.endpoint();
  check.require(is_http_url(storage.endpoint), "storage.endpoint", "not a URL");
  check.require(is_origin(storage.endpoint), "storage.endpoint",
                "more than scheme, host and port");
  check.require(from.insecure() || is_private(storage.endpoint),
                "storage.endpoint",
                "plain HTTP to another host needs storage.insecure");
  storage.region = from.region().empty() ? "us-east-1" : from.region();
  storage.bucket = from.bucket();
  check.require(
    storage.bucket.size() >= 3 && is_label(storage.bucket)
      && (from.path_style() || is_http_url("http://" + storage.bucket)),
    "storage.bucket", "not a bucket's name");
  auto file = [&](const std::string& text, const std::string& at) {
    check.require(!text.empty(), at, "needed by kind s3");
    return check.absolute_path(text, at);
  };
  storage.access_key_file
    = file(from.access_key_file(), "storage.access_key_file");
  storage.secret_key_file
    = file(from.secret_key_file(), "storage.secret_key_file");
  storage.path_style = from.path_style();
  storage.ca_file = check.absolute_path(from.ca_file(), "storage.ca_file");
  check.require(storage.ca_file.empty()
                  || storage.endpoint.starts_with("https://"),
                "storage.ca_file", "of no use without https");
  check.require(from.path().empty(), "storage.path", "not of kind s3");
}

void read_storage(config_checker& check, const v1::StorageConfig& from,
                  settings& into) {
  auto& storage = into.storage;
  storage.kind = from.kind();
  storage.backup_generations = from.backup_generations();
  if (storage.kind == "s3")
    return read_s3(check, from, into);
  check.require(storage.kind == "file", "storage.kind", "neither file nor s3");
  storage.path = check.absolute_path(from.path(), "storage.path",
                                     into.node.state_dir / "objects");
  auto not_ours = [&](const std::string& text, const std::string& name) {
    check.require(text.empty(), "storage." + name, "not of kind file");
  };
  not_ours(from.endpoint(), "endpoint");
  not_ours(from.region(), "region");
  not_ours(from.bucket(), "bucket");
  not_ours(from.access_key_file(), "access_key_file");
  not_ours(from.secret_key_file(), "secret_key_file");
  not_ours(from.ca_file(), "ca_file");
  check.require(!from.insecure(), "storage.insecure", "not of kind file");
}

bool is_registry(const std::string& host) {
  return parse_host_port(host) || parse_host_port(host + ":443");
}

void read_secrets(config_checker& check, const v1::Config& from,
                  settings& into) {
  constexpr size_t longest = size_t{64} << 10; // a start's variables: 128 KiB
  for (auto& [name, secret] : from.secrets()) {
    auto at = path_below("secrets", name);
    auto slash = name.find('/');
    check.require(slash != 0 && slash != name.npos && slash + 1 < name.size(),
                  at, "not secret_name/key");
    auto path = check.absolute_path(secret.file(), at + ".file");
    auto value = sys::read_file(path, longest);
    auto is_value = value && value->find('\0') == std::string::npos
                    && value->find_first_not_of("\r\n") != std::string::npos;
    check.require(is_value, at + ".file",
                  value ? "holds no value" : describe(value.error()));
    for (auto end : {'\n', '\r'})
      if (is_value && value->ends_with(end))
        value->pop_back();
    into.secrets[name]
      = {is_value ? std::move(*value) : std::string{}, secret.every_type()};
  }
}

void read_images(config_checker& check, const v1::ImagesConfig& from,
                 settings& into) {
  for (auto& [host, registry] : from.registries()) {
    auto at = path_below("images.registries", host);
    check.require(is_registry(host), at, "not a host or host:port");
    into.images.registries[host]
      = {registry.insecure(),
         check.absolute_path(registry.auth_file(), at + ".auth_file")};
  }
  into.images.base_repository = from.base_repository().empty()
                                  ? "localhost/base-images"
                                  : from.base_repository();
  into.images.workspace_repository = from.workspace_repository().empty()
                                       ? "localhost/workspace-images"
                                       : from.workspace_repository();
  into.images.default_image = from.default_image();
  into.build_cache_bytes
    = check.quantity(from.build_cache_size(), "images.build_cache_size");
  into.build_timeout
    = check.duration(from.build_timeout(), "images.build_timeout");
  check.require(into.build_timeout <= std::chrono::hours{24},
                "images.build_timeout", "more than 24h");
  check.require(!has_blanks(from.base_repository()), "images.base_repository",
                "not a repository");
  check.require(!has_blanks(from.workspace_repository()),
                "images.workspace_repository", "not a repository");
  check.require(!has_blanks(from.default_image()), "images.default_image",
                "not an image");
}

template <class Texts>
std::vector<std::string> read_networks(config_checker& check, const Texts& from,
                                       const std::string& field,
                                       const std::string& example) {
  for (int i = 0; i < from.size(); ++i)
    check.require(is_network(from[i]), field + "[" + std::to_string(i) + "]",
                  "not a network such as " + example);
  return {from.begin(), from.end()};
}

void read_content(config_checker& check, const v1::ContentConfig& from,
                  settings& into) {
  into.content.allow_file_urls = from.allow_file_urls();
  into.content.incremental = from.incremental();
  into.content.snapshot_pause
    = check.duration(from.snapshot_pause(), "content.snapshot_pause");
  into.content.publish_limit
    = check.duration(from.publish_limit(), "content.publish_limit");
  into.content.backup_period
    = check.duration(from.backup_period(), "content.backup_period", true);
  read_housekeeping(check, from, into);
  into.content.denied_networks = read_networks(
    check, from.denied_networks(), "content.denied_networks", "169.254.0.0/16");
  into.content.download_networks = read_networks(
    check, from.download_networks(), "content.download_networks", "10.0.0.0/8");
}

bool is_metric_prefix(std::string_view text) {
  auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0]))
         && std::all_of(text.begin(), text.end(), fits);
}

void read_rest(config_checker& check, const v1::Config& from, settings& into) {
  into.http.address = from.http().address();
  check.require(parse_host_port(into.http.address).has_value(), "http.address",
                "not host:port");
  into.heartbeat_interval
    = check.duration(from.heartbeat_interval(), "heartbeat_interval");
  into.maintenance_file
    = check.absolute_path(from.maintenance().file(), "maintenance.file",
                          into.node.state_dir / "maintenance.json");
  into.metrics_prefix = from.metrics().prefix();
  check.require(is_metric_prefix(into.metrics_prefix), "metrics.prefix",
                "not of letters, digits and underscores, or begins with a "
                "digit");
  into.log = {from.log().level(), from.log().format()};
  constexpr std::array levels{"error", "warning", "info", "debug"};
  check.require(std::find(levels.begin(), levels.end(), into.log.level)
                  != levels.end(),
                "log.level", "neither error, warning, info nor debug");
  check.require(into.log.format == "json" || into.log.format == "text",
                "log.format", "neither json nor text");
}

} // namespace

bool has_blanks(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; });
}

result<settings> make_settings(const v1::Config& config,
                               const config_marks& marks) {
  config_checker check{marks};
  settings made;
  read_node(check, config.node(), made);
  read_grpc(check, config.grpc(), made);
  read_ingress(check, config.ingress(), made);
  read_storage(check, config.storage(), made);
  read_images(check, config.images(), made);
  read_secrets(check, config, made);
  read_runtime(check, config.runtime(), made);
  read_content(check, config.content(), made);
  read_classes(check, config, made);
  read_resources(check, config.resources(), made);
  read_timeouts(check, config.timeouts(), made);
  read_rest(check, config, made);
  if (check.first())
    return check.first();
  return made;
}

} // namespace berth
