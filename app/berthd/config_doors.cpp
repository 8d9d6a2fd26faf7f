#include "app/berthd/config_checker.hpp"
#include "app/berthd/config_sections.hpp"
#include "app/berthd/config_values.hpp"
#include "app/berthd/config_yaml.hpp"
#include "model/url_template.hpp"

#include <sys/un.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "berth/v1/config.pb.h"

namespace berth {

namespace {

std::vector<std::string> split_key(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, ',');) {
    auto first = part.find_first_not_of(' ');
    auto last = part.find_last_not_of(' ');
    parts.push_back(first == part.npos ? ""
                                       : part.substr(first, last - first + 1));
  }
  return parts;
}

bool is_method(std::string_view name) {
  auto second = name.find('/', 1);
  return name.starts_with('/') && second != name.npos && second > 1
         && second + 1 < name.size() && name.find('/', second + 1) == name.npos
         && !has_blanks(name);
}

bool is_field_path(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.'
         && text.find("..") == text.npos
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
            });
}

rate_limit read_rate_limit(config_checker& check,
                           const v1::RateLimitConfig& from,
                           const std::string& at) {
  rate_limit limit;
  limit.block = from.block();
  limit.burst = from.bucket_size();
  check.require(limit.burst > 0, at + ".bucket_size", "not more than zero");
  limit.refill
    = check.duration(from.refill_interval(), at + ".refill_interval");
  limit.key = split_key(from.key());
  check.require(std::all_of(limit.key.begin(), limit.key.end(), is_field_path),
                at + ".key", "not a list of fields such as metadata.owner");
  limit.key_cache = from.key_cache_size();
  // Each alone would be ignored, which nobody means who writes it.
  check.require(limit.key.empty() == (limit.key_cache == 0),
                at + (limit.key.empty() ? ".key" : ".key_cache_size"),
                "key and key_cache_size need each other");
  return limit;
}

void read_tls(config_checker& check, const v1::TlsConfig& from,
              tls_settings& tls) {
  tls.ca = check.absolute_path(from.ca(), "grpc.tls.ca");
  tls.cert = check.absolute_path(from.cert(), "grpc.tls.cert");
  tls.key = check.absolute_path(from.key(), "grpc.tls.key");
  tls.require_client_cert = from.require_client_cert();
  auto none = tls.ca.empty() && tls.cert.empty() && tls.key.empty();
  check.require(none || tls.enabled(), "grpc.tls",
                "ca, cert and key need each other");
}

void check_template(config_checker& check, const std::string& text,
                    url_kind kind, const std::string& host,
                    const std::string& at) {
  auto parsed = url_template::parse(text, kind);
  if (!parsed) {
    check.require(false, at, describe(parsed.error()));
    return;
  }
  auto url = parsed->render({"id", "prefix", host, 8080});
  check.require(is_http_url(url), at, "makes no URL: \"" + url + "\"");
}

/// What sshd(8) takes for a key: a type, base64 and perhaps a comment.
bool is_public_key(const std::string& line) {
  auto type = line.substr(0, line.find(' '));
  return (type.starts_with("ssh-") || type.starts_with("ecdsa-")
          || type.starts_with("sk-"))
         && type.size() < line.size();
}

void read_ssh_ca(config_checker& check, const std::string& file,
                 std::string& key) {
  constexpr auto at = "ingress.ssh_ca_public_key_file";
  auto path = check.absolute_path(file, at);
  if (path.empty())
    return;
  std::getline(std::ifstream{path}, key);
  check.require(is_public_key(key), at, "holds no public key of ssh-keygen");
}

} // namespace

void read_grpc(config_checker& check, const v1::GrpcConfig& from,
               settings& into) {
  auto& grpc = into.grpc;
  grpc.address = from.address();
  read_tls(check, from.tls(), grpc.tls);
  auto address = parse_host_port(grpc.address);
  check.require(address.has_value(), "grpc.address", "not host:port");
  check.require(!address || is_loopback(address->host) || grpc.tls.enabled(),
                "grpc.address", "not a loopback address, so it needs grpc.tls");
  grpc.unix_socket = check.absolute_path(from.unix(), "grpc.unix",
                                         into.node.run_dir / "berthd.sock");
  check.require(grpc.unix_socket.native().size()
                  < sizeof(sockaddr_un::sun_path),
                "grpc.unix", "too long for a socket's name");
  for (auto& [method, limit] : from.rate_limits()) {
    auto at = path_below("grpc.rate_limits", method);
    check.require(is_method(method), at, "not a method's name /service/method");
    grpc.rate_limits[method] = read_rate_limit(check, limit, at);
  }
}

void read_ingress(config_checker& check, const v1::IngressConfig& from,
                  settings& into) {
  auto& ingress = into.ingress;
  ingress = {from.authorize_path(), from.workspace_url(), from.port_url(),
             from.host(), ""};
  check.require(ingress.authorize_path.starts_with('/')
                  && !has_blanks(ingress.authorize_path),
                "ingress.authorize_path", "not a path");
  check.require(is_http_url(ingress.host)
                  || is_http_url("http://" + ingress.host),
                "ingress.host", "neither a URL nor a host name");
  check_template(check, ingress.workspace_url, url_kind::workspace,
                 ingress.host, "ingress.workspace_url");
  check_template(check, ingress.port_url, url_kind::port, ingress.host,
                 "ingress.port_url");
  read_ssh_ca(check, from.ssh_ca_public_key_file(), ingress.ssh_ca_public_key);
}

} // namespace berth
