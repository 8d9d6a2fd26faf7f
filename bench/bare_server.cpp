#include "bench/bare_server.hpp"

#include "sys/process.hpp"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iostream>

#include "ws-manager-api/core.grpc.pb.h"

namespace berth::bench {

namespace {

class one_answer final : public wsman::WorkspaceManager::CallbackService {
public:
  explicit one_answer(const std::string& serialized) {
    is_whole_ = answer_.ParseFromString(serialized);
  }

  bool is_whole() const { return is_whole_; }

private:
  grpc::ServerUnaryReactor*
  DescribeWorkspace(grpc::CallbackServerContext* context,
                    const wsman::DescribeWorkspaceRequest*,
                    wsman::DescribeWorkspaceResponse* reply) override {
    *reply = answer_;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor*
  StopWorkspace(grpc::CallbackServerContext* context,
                const wsman::StopWorkspaceRequest*,
                wsman::StopWorkspaceResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  wsman::DescribeWorkspaceResponse answer_;
  bool is_whole_ = false;
};

} // namespace

int serve_bare(const std::string& address, const std::string& file) {
  std::ifstream from{file, std::ios::binary};
  one_answer service{std::string{std::istreambuf_iterator<char>{from}, {}}};
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server || !service.is_whole())
    return 1;
  std::cout << "ready" << std::endl;
  std::cin.get();
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

result<bare_server> bare_server::start(const std::filesystem::path& directory,
                                       const std::string& serialized_answer) {
  auto file = directory / "answer";
  std::ofstream{file, std::ios::binary} << serialized_answer;
  auto input = make_pipe();
  auto output = make_pipe();
  if (!input || !output)
    return input ? output.error() : input.error();
  bare_server server;
  server.address_ = "unix:" + (directory / "bare.sock").native();
  auto child
    = sys::spawn({.argv = {std::filesystem::read_symlink("/proc/self/exe"),
                           bare_server_word, server.address_, file},
                  .fds = {{input->first.get(), 0}, {output->second.get(), 1}}});
  if (!child)
    return child.error();
  server.child_ = std::move(*child);
  server.input_ = std::move(input->second);
  output->second = {};
  char ready = 0;
  if (::read(output->first.get(), &ready, 1) != 1)
    return make_error(ec::internal, "the bare server did not start");
  return server;
}

bare_server::~bare_server() {
  input_ = {};
  if (child_.pidfd)
    (void)sys::wait_child(child_.pid);
}

} // namespace berth::bench
