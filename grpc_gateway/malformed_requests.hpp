#pragma once

#include <grpcpp/support/server_interceptor.h>
#include <grpcpp/support/status.h>

#include <memory>

namespace berth::gateway {

/// What a request is answered that is no message of its type.
grpc::Status malformed_request();

/// What has the server answer so where it reads requests itself. gRPC says
/// UNIMPLEMENTED, which a client takes for "this server has no such method".
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
make_malformed_refuser();

} // namespace berth::gateway
