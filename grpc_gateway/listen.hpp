#pragma once

#include "grpc_gateway/tls_watch.hpp"
#include "model/error.hpp"

#include <grpcpp/security/server_credentials.h>

#include <filesystem>
#include <memory>
#include <string>

namespace berth::gateway {

/// Whether nothing but this machine reaches "host:port".
bool is_loopback(const std::string& address);

/// How a TCP listener on `address` proves who it is and learns who calls: by
/// `tls`, which outlives them, or in plain text if that is null, which is
/// `failed_precondition` beyond this machine. What changes in `tls` counts for
/// connections that begin a second later.
result<std::shared_ptr<grpc::ServerCredentials>>
tcp_credentials(const std::string& address, const tls_watch* tls,
                bool require_client_cert);

/// Makes way for a listener on `socket`: removes one that nobody serves any
/// more, and refuses to remove anything else.
result<void> clear_socket(const std::filesystem::path& socket);

} // namespace berth::gateway
