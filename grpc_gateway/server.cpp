#include "grpc_gateway/server.hpp"

#include "grpc_gateway/listen.hpp"
#include "grpc_gateway/malformed_requests.hpp"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::gateway {

namespace {

constexpr auto max_message = 16 << 20;

/// Clients of several generations ping every 5, 10 or 60 s and more often when
/// they test: none of them may be sent away for it.
void configure_connections(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(max_message);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(
    GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 500);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 30 * 60 * 1000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 2048);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16 << 10);
  // Only reflection is served by threads that wait.
  auto quota = grpc::ResourceQuota{"berth"};
  quota.SetMaxThreads(32);
  builder.SetResourceQuota(quota);
}

void intercept_calls(grpc::ServerBuilder& builder,
                     const std::shared_ptr<call_metrics>& calls) {
  auto makers = std::vector<
    std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>{};
  makers.push_back(make_malformed_refuser()); // whose answer is counted
  if (calls)
    makers.push_back(make_call_counter(calls));
  builder.experimental().SetInterceptorCreators(std::move(makers));
}

std::string with_port(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

} // namespace

result<std::unique_ptr<gateway>>
gateway::start(caf::actor_system& system,
               std::shared_ptr<const settings> settings,
               node_service_deps deps) {
  auto projection = status_projection::make(*settings);
  if (!projection)
    return std::move(projection.error());
  auto self = std::unique_ptr<gateway>{new gateway{
    system, std::move(settings), std::move(deps), std::move(*projection)}};
  if (auto listening = self->listen(); !listening)
    return listening.error();
  return self;
}

gateway::gateway(caf::actor_system& system,
                 std::shared_ptr<const settings> settings,
                 node_service_deps deps, status_projection projection)
  : settings_(std::move(settings)), calls_(deps.calls),
    door_(settings_->grpc.rate_limits, calls_),
    workspaces_(system, *settings_, door_, std::move(projection), calls_,
                deps.manager, deps.bus, deps.maintenance, deps.published),
    content_(*settings_, door_, deps.sessions),
    builder_(system, *settings_, door_, deps.resolver, deps.builds),
    node_(system, *settings_, door_, deps) {}

gateway::~gateway() {
  stop(std::chrono::nanoseconds::zero());
}

result<void> gateway::listen() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto builder = grpc::ServerBuilder{};
  configure_connections(builder);
  intercept_calls(builder, calls_);
  if (auto opened = open_doors(builder); !opened)
    return opened;
  builder.RegisterService(&workspaces_);
  builder.RegisterService(&content_);
  builder.RegisterService(&builder_);
  builder.RegisterService(&node_);
  server_ = builder.BuildAndStart();
  if (!server_)
    return make_error(ec::internal, "the gRPC server does not start");
  set_serving(false);
  return acceptor_.start();
}

result<void> gateway::open_doors(grpc::ServerBuilder& builder) {
  const auto& wanted = settings_->grpc;
  auto add = [&](sys::fd socket, auto credentials) {
    using builder_type = grpc::ServerBuilder::experimental_type;
    acceptor_.add(
      std::move(socket),
      builder.experimental().AddExternalConnectionAcceptor(
        builder_type::ExternalConnectionType::FROM_FD, std::move(credentials)));
  };
  if (wanted.tls.enabled()) {
    auto files = tls_watch::open(wanted.tls);
    if (!files)
      return files.error();
    tls_ = std::move(*files);
  }
  auto credentials = tcp_credentials(wanted.address, tls_.get(),
                                     wanted.tls.require_client_cert);
  if (!credentials)
    return std::move(credentials.error());
  auto listening = listen_tcp(wanted.address);
  if (!listening)
    return std::move(listening.error());
  for (auto& socket : listening->sockets)
    add(std::move(socket), *credentials);
  address_ = with_port(wanted.address, listening->port);
  node_.set_address(address_);
  const auto& socket = wanted.unix_socket;
  if (socket.empty())
    return {};
  if (auto clear = clear_socket(socket); !clear)
    return clear;
  // Nobody else's from its first moment.
  auto ours = listen_unix(socket);
  if (!ours)
    return std::move(ours.error());
  if (::chmod(socket.c_str(), 0660) < 0)
    return errno_error(errno, "chmod", socket.native());
  add(std::move(*ours), grpc::InsecureServerCredentials());
  return {};
}

void gateway::set_serving(bool serving) {
  auto* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const auto* service :
       {wsman::WorkspaceManager::service_full_name(),
        wsdaemon::WorkspaceContentService::service_full_name(),
        builder::ImageBuilder::service_full_name(),
        v1::Node::service_full_name()})
    health->SetServingStatus(service, serving);
}

void gateway::stop(std::chrono::nanoseconds grace) {
  if (!server_ || std::exchange(stopped_, true))
    return;
  set_serving(false);
  acceptor_.stop();
  if (const auto& socket = settings_->grpc.unix_socket; !socket.empty())
    ::unlink(socket.c_str());
  auto why
    = grpc::Status{grpc::StatusCode::UNAVAILABLE, "the node is shutting down"};
  workspaces_.close_streams(why);
  builder_.close_streams(why);
  node_.close_streams(why);
  // gRPC waits for connections to close, which who asks nothing does not do;
  // calls are what the grace is for.
  if (calls_) {
    calls_->await_quiet(std::chrono::steady_clock::now() + grace);
    grace = {};
  }
  server_->Shutdown(
    std::chrono::system_clock::now()
    + std::chrono::duration_cast<std::chrono::system_clock::duration>(grace));
}

} // namespace berth::gateway
