#include "bench/private_node.hpp"

#include "bench/raw_call.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto start_patience = 30s;
constexpr auto phase_patience = 2min;

caf::error from_status(const std::string& what, const grpc::Status& status) {
  return make_error(ec::internal, what + ": " + status.error_message());
}

void set_patience(grpc::ClientContext& context, std::chrono::seconds how_long) {
  context.set_deadline(std::chrono::system_clock::now() + how_long);
}

std::string config_text(const fs::path& home, const options& how,
                        const std::string& rate_limits) {
  return "node: {name: bench, state_dir: " + (home / "state").native()
         + ", run_dir: " + (home / "run").native()
         + "}\n"
           "grpc: {address: '127.0.0.1:0', rate_limits: "
         + rate_limits
         + "}\n"
           "http: {address: '127.0.0.1:0'}\n"
           "content: {allow_file_urls: true}\n"
           "runtime: {subnet: 10.231.0.0/16, helper_dir: "
         + how.bin_dir.native()
         + "}\n"
           "log: {level: warning, format: text}\n";
}

/// What grpc.health.v1.Health/Check says of the whole server; its messages are
/// so small that they are read by hand.
bool is_serving(const std::shared_ptr<grpc::Channel>& channel) {
  auto reply = raw_call(channel, "/grpc.health.v1.Health/Check", 2s);
  grpc::Slice bytes;
  return reply && reply->DumpToSingleSlice(&bytes).ok() && bytes.size() == 2
         && bytes.begin()[0] == 8 && bytes.begin()[1] == 1;
}

} // namespace

std::shared_ptr<grpc::Channel> dial(const std::string& address) {
  grpc::ChannelArguments how;
  how.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  how.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   how);
}

std::string next_id() {
  static int count = 0;
  return "bench-" + std::to_string(::getpid()) + '-' + std::to_string(++count);
}

private_node::private_node(temporary_directory home, const options& how,
                           std::string rate_limits)
  : home_(std::move(home)), how_(how), rate_limits_(std::move(rate_limits)),
    rootfs_(home_.path() / "rootfs"), channel_(dial(address())),
    manager_(wsman::WorkspaceManager::NewStub(channel_)) {}

private_node::~private_node() {
  shut_down();
}

std::string private_node::address() const {
  return "unix:" + (home_.path() / "run/berthd.sock").native();
}

layout private_node::paths() const {
  return {home_.path() / "state", home_.path() / "run"};
}

result<std::unique_ptr<private_node>>
private_node::start(const options& how, const std::string& rate_limits) {
  auto home = temporary_directory::make();
  if (!home)
    return home.error();
  // A container's own root must reach its root file system.
  fs::permissions(home->path(), fs::perms{0711});
  std::unique_ptr<private_node> node{
    new private_node{std::move(*home), how, rate_limits}};
  for (auto step : {&private_node::launch, &private_node::await_health,
                    &private_node::make_rootfs, &private_node::import_image})
    if (auto done = (node.get()->*step)(); !done)
      return done.error();
  return node;
}

result<void> private_node::launch() {
  auto config = home_.path() / "berthd.yaml";
  std::ofstream{config} << config_text(home_.path(), how_, rate_limits_);
  auto input = make_pipe();
  if (!input)
    return input.error();
  sys::fd log{::open((home_.path() / "log").c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  int sink = how_.verbose ? STDERR_FILENO : log.get();
  auto child = sys::spawn(
    {.argv = {how_.bin_dir / "berthd", "--config", config.native()},
     .env
     = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root"},
     .fds = {{input->first.get(), 0}, {sink, 1}, {sink, 2}}});
  if (!child)
    return child.error();
  berthd_ = std::move(*child);
  return {};
}

void private_node::crash() {
  ::kill(berthd_.pid, SIGKILL);
  (void)sys::wait_child(berthd_.pid);
  berthd_ = {};
}

result<void> private_node::restart() {
  auto launched = launch();
  return launched ? await_health() : launched;
}

result<void> private_node::await_health() {
  auto give_up = std::chrono::steady_clock::now() + start_patience;
  pollfd ended{berthd_.pidfd.get(), POLLIN, 0};
  while (std::chrono::steady_clock::now() < give_up) {
    if (is_serving(channel_))
      return {};
    if (::poll(&ended, 1, 50) > 0)
      return make_error(ec::unavailable, "berthd ended: " + last_words());
  }
  return make_error(ec::timeout, "berthd is not ready: " + last_words());
}

result<void> private_node::make_rootfs() {
  auto busybox = which("busybox");
  if (!busybox)
    return busybox.error();
  for (auto* directory : {"bin", "etc", "tmp", "root", "proc", "sys", "dev"})
    fs::create_directories(rootfs_ / directory);
  fs::copy_file(*busybox, rootfs_ / "bin/busybox");
  for (auto* applet : {"sh", "sleep", "true", "cat", "ls", "env", "id"})
    fs::create_symlink("busybox", rootfs_ / "bin" / applet);
  auto packed = must_run({"tar", "-C", rootfs_, "--numeric-owner", "-cf",
                          home_.path() / "rootfs.tar", "."});
  return packed ? result<void>{} : packed.error();
}

result<void> private_node::import_image() {
  std::ifstream file{home_.path() / "rootfs.tar", std::ios::binary};
  std::string tar{std::istreambuf_iterator<char>{file}, {}};
  auto stub = v1::Node::NewStub(channel_);
  grpc::ClientContext context;
  set_patience(context, phase_patience);
  v1::ImportImageResponse made;
  auto stream = stub->ImportImage(&context, &made);
  constexpr size_t chunk = 1 << 20;
  for (size_t at = 0; at < tar.size(); at += chunk) {
    v1::ImportImageRequest piece;
    if (at == 0)
      piece.set_name("bench");
    piece.set_chunk(tar.substr(at, chunk));
    if (!stream->Write(piece))
      break;
  }
  stream->WritesDone();
  auto status = stream->Finish();
  return status.ok() ? result<void>{} : from_status("import", status);
}

result<std::chrono::nanoseconds>
private_node::start_workspace(const std::string& id,
                              wsman::WorkspaceType type) {
  wsman::SubscribeRequest filter;
  filter.mutable_must_match()->set_meta_id(id);
  grpc::ClientContext watching, starting;
  set_patience(watching, phase_patience);
  set_patience(starting, phase_patience);
  auto stream = manager_->Subscribe(&watching, filter);
  wsman::StartWorkspaceRequest request;
  wsman::StartWorkspaceResponse accepted;
  request.set_id(id);
  request.set_service_prefix(id);
  request.set_type(type);
  request.mutable_metadata()->set_owner("bench");
  request.mutable_metadata()->set_meta_id(id);
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image("bench");
  spec.set_workspace_location("/workspace");
  spec.mutable_initializer()->mutable_empty();
  spec.mutable_ide_image();
  auto began = std::chrono::steady_clock::now();
  auto status = manager_->StartWorkspace(&starting, request, &accepted);
  std::string why = status.error_message();
  wsman::SubscribeResponse update;
  if (status.ok())
    running_.push_back(id);
  while (status.ok() && stream->Read(&update)) {
    auto phase = update.status().phase();
    why = update.status().conditions().failed();
    if (phase == wsman::RUNNING || phase == wsman::STOPPED)
      break;
  }
  auto took = std::chrono::steady_clock::now() - began;
  watching.TryCancel();
  (void)stream->Finish();
  if (update.status().phase() == wsman::RUNNING)
    return took;
  return make_error(ec::internal, "start of " + id + ": " + why);
}

result<void> private_node::stop_workspace(const std::string& id) {
  std::erase(running_, id);
  wsman::SubscribeRequest filter;
  filter.mutable_must_match()->set_meta_id(id);
  grpc::ClientContext watching, stopping;
  set_patience(watching, phase_patience);
  set_patience(stopping, phase_patience);
  auto stream = manager_->Subscribe(&watching, filter);
  wsman::StopWorkspaceRequest request;
  wsman::StopWorkspaceResponse reply;
  request.set_id(id);
  request.set_policy(wsman::ABORT);
  auto status = manager_->StopWorkspace(&stopping, request, &reply);
  wsman::SubscribeResponse update;
  while (status.ok() && stream->Read(&update))
    if (update.status().phase() == wsman::STOPPED)
      break;
  watching.TryCancel();
  auto ended = stream->Finish();
  if (update.status().phase() == wsman::STOPPED)
    return {};
  return from_status("stop of " + id, status.ok() ? ended : status);
}

result<wsman::DescribeWorkspaceResponse>
private_node::describe(const std::string& id) {
  grpc::ClientContext context;
  set_patience(context, 30s);
  wsman::DescribeWorkspaceRequest request;
  wsman::DescribeWorkspaceResponse found;
  request.set_id(id);
  auto status = manager_->DescribeWorkspace(&context, request, &found);
  if (!status.ok())
    return from_status("describe " + id, status);
  return found;
}

std::string private_node::last_words() const {
  std::ifstream file{home_.path() / "log"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  return text.substr(text.size() - std::min<size_t>(text.size(), 1000));
}

void private_node::shut_down() {
  if (berthd_.pid <= 0)
    return;
  for (const auto& id : std::vector{running_})
    if (auto stopped = stop_workspace(id); !stopped)
      std::cerr << "berth-bench: " << berth::describe(stopped.error()) << '\n';
  ::kill(berthd_.pid, SIGTERM);
  if (!wait_for_end(berthd_.pidfd))
    ::kill(berthd_.pid, SIGKILL);
  (void)sys::wait_child(berthd_.pid);
}

} // namespace berth::bench
