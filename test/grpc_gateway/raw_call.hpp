#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

namespace berth::test {

struct raw_answer {
  grpc::Status status;
  std::string bytes;
};

/// Calls a unary method with and for bytes, whatever they mean.
raw_answer raw_unary(grpc::Channel&, const std::string& method,
                     const std::string& request);

/// The first answer of a bidirectional stream to its first message.
std::string raw_exchange(grpc::Channel&, const std::string& method,
                         const std::string& request);

} // namespace berth::test
