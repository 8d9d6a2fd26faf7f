/// A client of a workspace's sockets for shell scripts:
///
///     iws-call SOCKET METHOD [JSON]    one call; exit code 0 if it succeeded
///     iws-call SOCKET                  lines "METHOD [JSON]" on stdin
///
/// METHOD is one of iws.InWorkspaceService, or "Service/Method". Each call is
/// answered by one line: "OK {...}", or the name of the code and its text.

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "ws-daemon-api/workspace_daemon.pb.h"

namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr const char* codes[] = {"OK",
                                 "CANCELLED",
                                 "UNKNOWN",
                                 "INVALID_ARGUMENT",
                                 "DEADLINE_EXCEEDED",
                                 "NOT_FOUND",
                                 "ALREADY_EXISTS",
                                 "PERMISSION_DENIED",
                                 "RESOURCE_EXHAUSTED",
                                 "FAILED_PRECONDITION",
                                 "ABORTED",
                                 "OUT_OF_RANGE",
                                 "UNIMPLEMENTED",
                                 "INTERNAL",
                                 "UNAVAILABLE",
                                 "DATA_LOSS",
                                 "UNAUTHENTICATED"};

class client {
public:
  explicit client(const std::string& socket)
    : channel_(grpc::CreateChannel("unix:" + socket,
                                   grpc::InsecureChannelCredentials())),
      stub_(channel_) {}

  std::string call(std::string name, const std::string& json) {
    if (name.find('/') == std::string::npos)
      name = "InWorkspaceService/" + name;
    auto full = "iws." + name;
    full[full.find('/')] = '.';
    const auto* method
      = iws::MountProcRequest::descriptor()->file()->pool()->FindMethodByName(
        full);
    if (method == nullptr)
      return "no method " + full;
    auto request = make(method->input_type());
    auto read = google::protobuf::util::JsonStringToMessage(json, &*request);
    if (!read.ok())
      return "no request: " + read.ToString();
    return call(*method, "/iws." + name, *request);
  }

private:
  std::unique_ptr<Message> make(const google::protobuf::Descriptor* type) {
    return std::unique_ptr<Message>{factory_.GetPrototype(type)->New()};
  }

  std::string call(const MethodDescriptor& method, const std::string& path,
                   const Message& request) {
    auto context = grpc::ClientContext{};
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now()
                         + std::chrono::seconds{50});
    auto slice = grpc::Slice{request.SerializeAsString()};
    auto queue = grpc::CompletionQueue{};
    auto rpc = stub_.PrepareUnaryCall(&context, path,
                                      grpc::ByteBuffer{&slice, 1}, &queue);
    rpc->StartCall();
    auto answer = grpc::ByteBuffer{};
    auto status = grpc::Status{};
    rpc->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    auto ok = false;
    queue.Next(&tag, &ok);
    if (!status.ok())
      return std::string{codes[status.error_code()]} + " "
             + status.error_message();
    auto bytes = grpc::Slice{};
    answer.DumpToSingleSlice(&bytes);
    auto response = make(method.output_type());
    response->ParseFromArray(bytes.begin(), static_cast<int>(bytes.size()));
    auto options = google::protobuf::util::JsonPrintOptions{};
    options.always_print_primitive_fields = true;
    auto json = std::string{};
    google::protobuf::util::MessageToJsonString(*response, &json, options);
    return "OK " + json;
  }

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  google::protobuf::DynamicMessageFactory factory_;
};

std::string answer_line(client& to, const std::string& line) {
  auto blank = line.find(' ');
  auto json = blank == std::string::npos ? "{}" : line.substr(blank + 1);
  return to.call(line.substr(0, blank), json);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fputs("usage: iws-call SOCKET [METHOD [JSON]]\n", stderr);
    return 2;
  }
  auto to = client{argv[1]};
  if (argc > 2) {
    auto answer = to.call(argv[2], argc > 3 ? argv[3] : "{}");
    std::cout << answer << std::endl;
    return answer.starts_with("OK ") ? 0 : 1;
  }
  for (auto line = std::string{}; std::getline(std::cin, line);)
    std::cout << answer_line(to, line) << std::endl;
  return 0;
}
