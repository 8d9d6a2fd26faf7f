#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace berth::gateway {

/// What has the server answer INVALID_ARGUMENT to a request that is no message
/// of its type. gRPC says UNIMPLEMENTED, which a client takes for "this server
/// has no such method".
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
make_malformed_refuser();

} // namespace berth::gateway
