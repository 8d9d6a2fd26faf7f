#include "app/berth/connection.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace berth::cli {

namespace {

constexpr auto default_socket = "/run/berth/berthd.sock";
constexpr auto default_address = "127.0.0.1:7400";
constexpr int max_message_bytes = 16 << 20;

std::string default_endpoint() {
  struct stat found {};
  if (::stat(default_socket, &found) == 0 && S_ISSOCK(found.st_mode))
    return "unix:" + std::string{default_socket};
  return default_address;
}

bool is_address(const std::string& text) {
  if (text.starts_with("unix:"))
    return text.size() > 5;
  auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || text.find('/') != text.npos)
    return false;
  auto port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5
         && port.find_first_not_of("0123456789") == port.npos;
}

result<std::string> contents(const std::string& path) {
  if (path.empty())
    return std::string{};
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file || text.empty())
    return refused("cannot read " + path);
  return text;
}

result<std::shared_ptr<grpc::ChannelCredentials>>
credentials(const endpoint& to) {
  if (to.ca.empty())
    return grpc::InsecureChannelCredentials();
  auto ca = contents(to.ca);
  auto cert = contents(to.cert);
  auto key = contents(to.key);
  for (auto* text : {&ca, &cert, &key})
    if (!*text)
      return text->error();
  return grpc::SslCredentials({*ca, *key, *cert});
}

} // namespace

result<endpoint> endpoint_from(const arguments& given) {
  endpoint to;
  const char* set = std::getenv("BERTH_ADDRESS");
  auto fallback = set && *set ? std::string{set} : default_endpoint();
  to.address = given.value_or("address", std::move(fallback));
  if (!is_address(to.address))
    return refused("address " + to.address
                   + ": expected unix:PATH or HOST:PORT");
  to.ca = given.value_or("tls-ca", "");
  to.cert = given.value_or("tls-cert", "");
  to.key = given.value_or("tls-key", "");
  to.name = given.value_or("tls-name", "");
  if (to.cert.empty() != to.key.empty())
    return refused("--tls-cert and --tls-key need each other");
  if (to.ca.empty() && (!to.cert.empty() || !to.name.empty()))
    return refused("TLS needs --tls-ca");
  if (!to.ca.empty() && to.is_unix())
    return refused("there is no TLS on a unix socket");
  return to;
}

connection::connection(std::string address,
                       std::shared_ptr<grpc::Channel> channel)
  : address_(std::move(address)), channel_(std::move(channel)),
    manager_(wsman::WorkspaceManager::NewStub(channel_)),
    node_(v1::Node::NewStub(channel_)),
    content_(wsdaemon::WorkspaceContentService::NewStub(channel_)),
    builder_(builder::ImageBuilder::NewStub(channel_)) {}

result<connection> connection::open(const endpoint& to) {
  auto trusted = credentials(to);
  if (!trusted)
    return trusted.error();
  grpc::ChannelArguments how;
  how.SetMaxReceiveMessageSize(max_message_bytes);
  // Streams may be silent for hours: a peer that vanished must be noticed.
  how.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  how.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  how.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  how.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  how.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!to.name.empty())
    how.SetSslTargetNameOverride(to.name);
  return connection{to.address,
                    grpc::CreateCustomChannel(to.address, *trusted, how)};
}

bool connection::is_unreachable() const {
  auto state = channel_->GetState(false);
  return state == GRPC_CHANNEL_TRANSIENT_FAILURE
         || state == GRPC_CHANNEL_CONNECTING;
}

} // namespace berth::cli
