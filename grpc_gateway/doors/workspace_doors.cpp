#include "grpc_gateway/doors/workspace_doors.hpp"

#include "grpc_gateway/acceptor.hpp"

#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace berth::gateway {

namespace {

/// Every process of the workspace may connect: who it is counts, not its ids.
constexpr mode_t for_everybody = 0777;
constexpr auto longest_request = 64 << 10;
constexpr auto most_memory = size_t{256} << 20; ///< of all workspaces together

/// Clients ping every 10 s and more often when they test.
void configure_for_workspaces(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(longest_request);
  builder.AddChannelArgument(
    GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 500);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 30 * 60 * 1000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16 << 10);
  builder.SetResourceQuota(
    grpc::ResourceQuota{"workspaces"}.Resize(most_memory));
}

/// Listens on `name` in a directory, in place of who did before. The name of a
/// unix socket is short, that of the directory need not be.
result<sys::fd> listen_in(const std::filesystem::path& directory,
                          const std::string& name) {
  auto dir = sys::fd{
    ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!dir)
    return errno_error(errno, "open", directory.native());
  auto fresh = "." + name;
  ::unlinkat(dir.get(), fresh.c_str(), 0);
  auto path = "/proc/self/fd/" + std::to_string(dir.get()) + "/" + fresh;
  auto socket = listen_unix(path);
  if (!socket)
    return socket;
  // In one step: whoever connects finds the former one or this one.
  if (::chmod(path.c_str(), for_everybody) < 0
      || ::renameat(dir.get(), fresh.c_str(), dir.get(), name.c_str()) < 0)
    return errno_error(errno, "rename", (directory / name).native());
  return socket;
}

} // namespace

result<std::shared_ptr<workspace_doors>>
workspace_doors::start(std::shared_ptr<call_metrics> calls) {
  auto self
    = std::shared_ptr<workspace_doors>{new workspace_doors{std::move(calls)}};
  self->over_ = new_event();
  self->events_ = sys::fd{::epoll_create1(EPOLL_CLOEXEC)};
  if (!self->over_ || !self->events_)
    return errno_error(errno, "epoll_create1", "sockets of workspaces");
  if (auto begun = self->taker_.begin(); !begun)
    return begun.error();
  if (auto watched = self->watch(self->over_.get(), 0); !watched)
    return watched.error();
  self->request_server_ = self->make_server(self->requests_);
  self->info_server_ = self->make_server(self->infos_);
  if (!self->request_server_ || !self->info_server_)
    return make_error(ec::internal, "the gRPC server does not start");
  self->thread_ = std::thread{[raw = self.get()] { raw->run(); }};
  return self;
}

workspace_doors::workspace_doors(std::shared_ptr<call_metrics> calls)
  : calls_(std::move(calls)) {}

std::unique_ptr<grpc::Server>
workspace_doors::make_server(grpc::Service& service) const {
  auto builder = grpc::ServerBuilder{};
  configure_for_workspaces(builder);
  if (calls_) {
    auto makers = std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>{};
    makers.push_back(make_call_counter(calls_));
    builder.experimental().SetInterceptorCreators(std::move(makers));
  }
  builder.RegisterService(&service);
  return builder.BuildAndStart();
}

result<void> workspace_doors::watch(int socket, uint64_t number) {
  auto event = epoll_event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, socket, &event) < 0)
    return errno_error(errno, "epoll_ctl", "socket of a workspace");
  return {};
}

result<void> workspace_doors::open(const service_door& wanted) {
  close(wanted.id);
  auto lock = std::lock_guard{mutex_};
  if (stopped_)
    return {};
  auto first = last_number_ + 1;
  last_number_ += 2;
  doors_[wanted.id] = first;
  auto opened = open_one(wanted, "daemon.sock", *request_server_, first);
  return opened ? open_one(wanted, "info.sock", *info_server_, first + 1)
                : opened;
}

result<void> workspace_doors::open_one(const service_door& wanted,
                                       const char* name, grpc::Server& to,
                                       uint64_t number) {
  auto socket = listen_in(wanted.directory, name);
  if (!socket)
    return std::move(socket.error());
  if (auto watched = watch(socket->get(), number); !watched)
    return watched;
  auto step
    = std::make_shared<const doorstep>(doorstep{wanted.id, wanted.service});
  listeners_[number] = std::make_shared<const listener>(
    listener{std::move(*socket),
             std::make_shared<const container_mark>(wanted.mark), step, &to});
  return {};
}

void workspace_doors::close(const std::string& id) {
  auto lock = std::lock_guard{mutex_};
  auto found = doors_.find(id);
  if (found == doors_.end())
    return;
  for (auto number : {found->second, found->second + 1})
    if (auto it = listeners_.find(number); it != listeners_.end()) {
      book_.forget(it->second->step);
      listeners_.erase(it);
    }
  doors_.erase(found);
}

workspace_doors::listener_ptr
workspace_doors::listener_of(uint64_t number) const {
  auto lock = std::lock_guard{mutex_};
  auto found = listeners_.find(number);
  return found == listeners_.end() ? nullptr : found->second;
}

void workspace_doors::run() {
  auto ready = std::array<epoll_event, 64>{};
  for (;;) {
    auto count = ::epoll_wait(events_.get(), ready.data(),
                              static_cast<int>(ready.size()), -1);
    // One of each at a time: nobody's crowd keeps others waiting.
    for (auto i = 0; i < count; ++i) {
      auto number = ready[static_cast<size_t>(i)].data.u64;
      if (number == 0)
        return;
      if (auto at = listener_of(number))
        accept_at(*at);
    }
  }
}

void workspace_doors::accept_at(const listener& at) {
  auto came = taker_.take(at.socket.get(), over_.get());
  if (!came)
    return;
  auto checked = check_peer(came.get(), *at.whose);
  auto stranger = checked ? caf::error{} : checked.error();
  if (book_.enter(came.get(), at.step, stranger))
    grpc::AddInsecureChannelFromFd(at.to, came.release());
}

void workspace_doors::stop() {
  {
    auto lock = std::lock_guard{mutex_};
    if (std::exchange(stopped_, true))
      return;
  }
  if (thread_.joinable()) {
    ::eventfd_write(over_.get(), 1);
    thread_.join();
  }
  {
    auto lock = std::lock_guard{mutex_};
    listeners_.clear();
    doors_.clear();
  }
  for (auto* server : {request_server_.get(), info_server_.get()})
    if (server != nullptr)
      server->Shutdown(std::chrono::system_clock::now());
}

} // namespace berth::gateway
