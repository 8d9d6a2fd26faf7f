#include "grpc_gateway/listen.hpp"

#include "sys/fd.hpp"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace berth::gateway {

namespace {

constexpr auto refresh_seconds = 1u;

std::shared_ptr<grpc::ServerCredentials>
tls_credentials(const tls_watch& tls, bool require_client_cert) {
  namespace tls_api = grpc::experimental;
  auto files = std::make_shared<tls_api::FileWatcherCertificateProvider>(
    tls.key(), tls.cert(), tls.ca(), refresh_seconds);
  auto options = tls_api::TlsServerCredentialsOptions{files};
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
    require_client_cert
      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls_api::TlsServerCredentials(options);
}

/// Whether somebody accepts connections on `socket`.
bool is_served(const sockaddr_un& address) {
  auto probe = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address))
         == 0;
}

} // namespace

bool is_loopback(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]")
    return true;
  auto v4 = in_addr{};
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1
         && (ntohl(v4.s_addr) >> 24) == 127;
}

result<std::shared_ptr<grpc::ServerCredentials>>
tcp_credentials(const std::string& address, const tls_watch* tls,
                bool require_client_cert) {
  if (tls != nullptr)
    return tls_credentials(*tls, require_client_cert);
  if (!is_loopback(address))
    return make_error(ec::failed_precondition,
                      "grpc on " + address
                        + " without TLS is open to the network");
  return grpc::InsecureServerCredentials();
}

result<void> clear_socket(const std::filesystem::path& socket) {
  auto address = sockaddr_un{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof(address.sun_path))
    return make_error(ec::invalid_argument,
                      socket.native() + " is too long for a socket");
  std::strcpy(address.sun_path, socket.c_str());
  struct stat found {};
  if (::lstat(socket.c_str(), &found) < 0)
    return errno == ENOENT ? result<void>{}
                           : errno_error(errno, "lstat", socket.native());
  if (!S_ISSOCK(found.st_mode))
    return make_error(ec::failed_precondition,
                      socket.native() + " is there and no socket");
  if (is_served(address))
    return make_error(ec::failed_precondition,
                      socket.native() + " is served by another process");
  if (::unlink(socket.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", socket.native());
  return {};
}

} // namespace berth::gateway
