#include "grpc_gateway/malformed_requests.hpp"

#include <grpcpp/grpcpp.h>

namespace berth::gateway {

namespace {

using rpc_info = grpc::experimental::ServerRpcInfo;

/// Of a call with one request.
class malformed_refuser : public grpc::experimental::Interceptor {
public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    using point = grpc::experimental::InterceptionHookPoints;
    if (batch->QueryInterceptionHookPoint(point::POST_RECV_MESSAGE))
      is_malformed_ = batch->GetRecvMessage() == nullptr;
    if (is_malformed_
        && batch->QueryInterceptionHookPoint(point::PRE_SEND_STATUS))
      batch->ModifySendStatus(malformed_request());
    batch->Proceed();
  }

private:
  bool is_malformed_ = false;
};

class malformed_refuser_factory
  : public grpc::experimental::ServerInterceptorFactoryInterface {
public:
  grpc::experimental::Interceptor*
  CreateServerInterceptor(rpc_info* info) override {
    auto has_one = info->type() == rpc_info::Type::UNARY
                   || info->type() == rpc_info::Type::SERVER_STREAMING;
    return has_one ? new malformed_refuser : nullptr;
  }
};

} // namespace

grpc::Status malformed_request() {
  return {grpc::StatusCode::INVALID_ARGUMENT, "the request is malformed"};
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
make_malformed_refuser() {
  return std::make_unique<malformed_refuser_factory>();
}

} // namespace berth::gateway
