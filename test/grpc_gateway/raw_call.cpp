#include "test/grpc_gateway/raw_call.hpp"

#include <boost/test/unit_test.hpp>
#include <grpcpp/generic/generic_stub.h>

namespace berth::test {

namespace {

/// Serves the operations of one call, one at a time.
struct queue {
  ~queue() {
    cq.Shutdown();
    void* tag = nullptr;
    auto ok = false;
    while (cq.Next(&tag, &ok))
      ;
  }

  bool wait() {
    void* tag = nullptr;
    auto ok = false;
    return cq.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue cq;
};

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  auto slice = grpc::Slice{bytes};
  return {&slice, 1};
}

std::string to_text(const grpc::ByteBuffer& buffer) {
  auto slices = std::vector<grpc::Slice>{};
  auto text = std::string{};
  if (buffer.Valid())
    BOOST_REQUIRE(buffer.Dump(&slices).ok());
  for (const auto& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

std::shared_ptr<grpc::Channel> borrow(grpc::Channel& channel) {
  return {&channel, [](grpc::Channel*) {}};
}

} // namespace

raw_answer raw_unary(grpc::Channel& channel, const std::string& method,
                     const std::string& request) {
  auto ctx = grpc::ClientContext{};
  auto calls = queue{};
  auto stub = grpc::GenericStub{borrow(channel)};
  auto call
    = stub.PrepareUnaryCall(&ctx, method, to_buffer(request), &calls.cq);
  auto answer = raw_answer{};
  auto bytes = grpc::ByteBuffer{};
  call->StartCall();
  call->Finish(&bytes, &answer.status, nullptr);
  BOOST_REQUIRE(calls.wait());
  answer.bytes = to_text(bytes);
  return answer;
}

std::string raw_exchange(grpc::Channel& channel, const std::string& method,
                         const std::string& request) {
  auto ctx = grpc::ClientContext{};
  auto calls = queue{};
  auto stub = grpc::GenericStub{borrow(channel)};
  auto call = stub.PrepareCall(&ctx, method, &calls.cq);
  auto bytes = grpc::ByteBuffer{};
  call->StartCall(nullptr);
  BOOST_REQUIRE(calls.wait());
  call->Write(to_buffer(request), nullptr);
  BOOST_REQUIRE(calls.wait());
  call->Read(&bytes, nullptr);
  BOOST_REQUIRE(calls.wait());
  call->WritesDone(nullptr);
  calls.wait();
  auto status = grpc::Status{};
  call->Finish(&status, nullptr);
  calls.wait();
  return to_text(bytes);
}

} // namespace berth::test
