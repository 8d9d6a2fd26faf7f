#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <grpcpp/security/server_credentials.h>

#include <filesystem>
#include <memory>
#include <string>

namespace berth::gateway {

/// Whether nothing but this machine reaches "host:port".
bool is_loopback(const std::string& address);

/// How a TCP listener on `address` proves who it is and learns who calls. With
/// TLS the three files are watched: a change counts for connections that begin
/// a second later. `failed_precondition` for a file that cannot be read, and
/// for plain text beyond this machine.
result<std::shared_ptr<grpc::ServerCredentials>>
tcp_credentials(const std::string& address, const tls_settings&);

/// Makes way for a listener on `socket`: removes one that nobody serves any
/// more, and refuses to remove anything else.
result<void> clear_socket(const std::filesystem::path& socket);

} // namespace berth::gateway
