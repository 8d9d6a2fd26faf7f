#include "bench/raw_call.hpp"

#include <grpcpp/generic/generic_stub.h>

namespace berth::bench {

result<grpc::ByteBuffer> raw_call(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::string& method,
                                  std::chrono::seconds patience) {
  grpc::GenericStub stub{channel};
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + patience);
  grpc::CompletionQueue queue;
  grpc::Slice nothing;
  grpc::ByteBuffer reply;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, method,
                                    grpc::ByteBuffer{&nothing, 1}, &queue);
  call->StartCall();
  call->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool is_fine = false;
  queue.Next(&tag, &is_fine);
  if (!status.ok())
    return make_error(ec::unavailable, method + ": " + status.error_message());
  return reply;
}

} // namespace berth::bench
