#pragma once

#include "model/error.hpp"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

namespace berth::bench {

/// One unary call of `method` whose messages stay bytes: nothing of it is
/// spent on parsing.
result<grpc::ByteBuffer> raw_call(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::string& method,
                                  std::chrono::seconds patience);

} // namespace berth::bench
