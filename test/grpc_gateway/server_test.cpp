#include "grpc_gateway/listen.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"
#include "test/grpc_gateway/raw_call.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

std::string read(const std::filesystem::path& path) {
  auto file = std::ifstream{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// An authority and certificates of it, made by openssl.
struct authority {
  explicit authority(std::filesystem::path into, const std::string& name)
    : dir(std::move(into)), ca(dir / (name + ".ca")), name(name) {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        " -days 2 -subj /CN="
        + name + " -keyout " + ca.native() + ".key -out " + ca.native());
  }

  /// Key and certificate "<name>.key" and "<name>.crt" in the directory.
  void issue(const std::string& who) const {
    auto base = (dir / who).native();
    std::ofstream{base + ".ext"} << "subjectAltName=DNS:ws-manager\n";
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj"
        " /CN="
        + who + " -keyout " + base + ".key -out " + base + ".csr");
    run("openssl x509 -req -in " + base + ".csr -CA " + ca.native() + " -CAkey "
        + ca.native() + ".key -CAcreateserial -days 2 -extfile " + base
        + ".ext -out " + base + ".crt");
  }

  static void run(const std::string& command) {
    BOOST_REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0);
  }

  std::filesystem::path dir, ca;
  std::string name;
};

struct tls_fixture : gateway_fixture {
  tls_fixture()
    : ours(directory.path, "ours"), theirs(directory.path, "theirs") {
    ours.issue("server");
    ours.issue("client");
    theirs.issue("stranger");
    config->grpc.tls.ca = ours.ca;
    config->grpc.tls.cert = directory.path / "server.crt";
    config->grpc.tls.key = directory.path / "server.key";
  }

  /// How a call ends for somebody who shows the certificate of `who`.
  grpc::StatusCode call_as(const std::string& who) {
    auto options = grpc::SslCredentialsOptions{};
    options.pem_root_certs = read(ours.ca);
    if (!who.empty()) {
      options.pem_private_key = read(directory.path / (who + ".key"));
      options.pem_cert_chain = read(directory.path / (who + ".crt"));
    }
    return call_with(grpc::SslCredentials(options));
  }

  grpc::StatusCode
  call_with(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    auto arguments = grpc::ChannelArguments{};
    arguments.SetSslTargetNameOverride("ws-manager");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto stub = wsman::WorkspaceManager::NewStub(
      grpc::CreateCustomChannel(server->address(), credentials, arguments));
    auto ctx = grpc::ClientContext{};
    ctx.set_deadline(std::chrono::system_clock::now() + 20s);
    auto response = wsman::DescribeClusterResponse{};
    return stub->DescribeCluster(&ctx, {}, &response).error_code();
  }

  authority ours, theirs;
};

/// A server that may have few descriptors, and somebody who takes them all.
struct flooded_fixture : gateway_fixture {
  flooded_fixture() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto few = before;
    few.rlim_cur = 128;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }

  ~flooded_fixture() {
    end_flood();
    ::setrlimit(RLIMIT_NOFILE, &before);
  }

  /// Returns when that many connections were made and are held.
  void flood(int connections) {
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    auto address = sockaddr_un{};
    address.sun_family = AF_UNIX;
    config->grpc.unix_socket.native().copy(address.sun_path,
                                           sizeof(address.sun_path) - 1);
    attacker = ::fork();
    if (attacker == 0) {
      ::setrlimit(RLIMIT_NOFILE, &before);
      for (auto i = 0; i < connections; ++i)
        static_cast<void>(::connect(::socket(AF_UNIX, SOCK_STREAM, 0),
                                    reinterpret_cast<sockaddr*>(&address),
                                    sizeof(address)));
      (void)!::write(ready[1], "", 1);
      ::pause();
      ::_exit(0);
    }
    auto byte = char{};
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }

  void end_flood() {
    if (attacker <= 0)
      return;
    ::kill(attacker, SIGKILL);
    ::waitpid(attacker, nullptr, 0);
    attacker = 0;
  }

  static grpc::StatusCode call(const std::shared_ptr<grpc::Channel>& over) {
    auto ctx = grpc::ClientContext{};
    ctx.set_wait_for_ready(true);
    ctx.set_deadline(std::chrono::system_clock::now() + 30s);
    auto response = wsman::DescribeClusterResponse{};
    return wsman::WorkspaceManager::NewStub(over)
      ->DescribeCluster(&ctx, {}, &response)
      .error_code();
  }

  rlimit before{};
  pid_t attacker = 0;
};

constexpr auto reached = grpc::StatusCode::OK;
constexpr auto not_reached = grpc::StatusCode::UNAVAILABLE;

} // namespace

BOOST_AUTO_TEST_SUITE(server_test)

BOOST_FIXTURE_TEST_CASE(only_clients_of_our_authority_come_in, tls_fixture) {
  start();
  BOOST_TEST(call_as("client") == reached);
  BOOST_TEST(call_as("") == not_reached);
  BOOST_TEST(call_as("stranger") == not_reached);
  BOOST_TEST(call_with(grpc::InsecureChannelCredentials()) == not_reached);
}

BOOST_FIXTURE_TEST_CASE(a_client_certificate_may_be_left_out_by_configuration,
                        tls_fixture) {
  config->grpc.tls.require_client_cert = false;
  start();
  BOOST_TEST(call_as("") == reached);
  BOOST_TEST(call_as("stranger") == not_reached);
}

BOOST_FIXTURE_TEST_CASE(changed_certificates_count_without_a_restart,
                        tls_fixture) {
  start();
  auto others = authority{directory.path, "others"};
  others.issue("server");
  others.issue("client");
  std::filesystem::copy_file(others.ca, ours.ca,
                             std::filesystem::copy_options::overwrite_existing);
  auto outcome = not_reached;
  auto until = std::chrono::steady_clock::now() + 30s;
  while (outcome != reached && std::chrono::steady_clock::now() < until)
    outcome = call_as("client");
  BOOST_TEST(outcome == reached);
}

BOOST_FIXTURE_TEST_CASE(a_broken_certificate_is_not_taken, tls_fixture) {
  start();
  BOOST_REQUIRE(call_as("client") == reached);
  std::ofstream{config->grpc.tls.cert} << "half of a certificate";
  BOOST_TEST(!berth::gateway::tls_watch::open(config->grpc.tls));
  // It is looked at every second, and so are the copies.
  auto until = std::chrono::steady_clock::now() + 3s;
  while (std::chrono::steady_clock::now() < until)
    BOOST_REQUIRE(call_as("client") == reached);
}

BOOST_FIXTURE_TEST_CASE(an_unreadable_certificate_is_said, tls_fixture) {
  config->grpc.tls.key = directory.path / "none";
  auto deps = berth::gateway::node_service_deps{};
  auto started = berth::gateway::gateway::start(actors, config, deps);
  BOOST_REQUIRE(!started);
  BOOST_CHECK(code_of(started.error()) == ec::failed_precondition);
}

BOOST_FIXTURE_TEST_CASE(plain_text_stays_on_this_machine, gateway_fixture) {
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7400", ":7400",
                              "127.example.com:1"}) {
    config->grpc.address = address;
    auto started = berth::gateway::gateway::start(actors, config, {});
    BOOST_REQUIRE(!started);
    BOOST_CHECK(code_of(started.error()) == ec::failed_precondition);
  }
  for (const auto* address :
       {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1"})
    BOOST_TEST(berth::gateway::is_loopback(address));
}

BOOST_FIXTURE_TEST_CASE(serves_a_unix_socket_that_is_not_for_all,
                        gateway_fixture) {
  start();
  auto path = config->grpc.unix_socket;
  struct stat found {};
  BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0660);
  auto stub = wsman::WorkspaceManager::NewStub(grpc::CreateChannel(
    "unix:" + path.native(), grpc::InsecureChannelCredentials()));
  auto ctx = grpc::ClientContext{};
  auto response = wsman::DescribeClusterResponse{};
  BOOST_TEST(stub->DescribeCluster(&ctx, {}, &response).error_code()
             == reached);
}

BOOST_FIXTURE_TEST_CASE(replaces_a_stale_socket_only, gateway_fixture) {
  const auto path = config->grpc.unix_socket;
  auto address = sockaddr_un{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  auto socket = sys::fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
  BOOST_REQUIRE(
    ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address))
    == 0);
  BOOST_REQUIRE(::listen(socket.get(), 1) == 0);
  BOOST_CHECK(!berth::gateway::clear_socket(path));
  socket = sys::fd{};
  BOOST_CHECK(berth::gateway::clear_socket(path));
  BOOST_TEST(!std::filesystem::exists(path));
  std::ofstream{path} << "a file";
  BOOST_CHECK(!berth::gateway::clear_socket(path));
  BOOST_TEST(std::filesystem::exists(path));
}

BOOST_FIXTURE_TEST_CASE(a_second_server_on_the_port_fails, gateway_fixture) {
  start();
  config->grpc.address = server->address();
  config->grpc.unix_socket.clear();
  BOOST_CHECK(!berth::gateway::gateway::start(actors, config, {}));
}

BOOST_FIXTURE_TEST_CASE(serves_again_after_a_flood_of_connections,
                        flooded_fixture) {
  start();
  auto early = channel();
  BOOST_TEST(call(early) == reached);
  flood(300);
  BOOST_TEST(call(early) == reached);
  end_flood();
  auto late = grpc::ChannelArguments{};
  late.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  BOOST_TEST(call(channel(late)) == reached);
}

BOOST_FIXTURE_TEST_CASE(frequent_pings_are_welcome, gateway_fixture) {
  start();
  auto arguments = grpc::ChannelArguments{};
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  auto pinging = channel(arguments);
  BOOST_REQUIRE(
    pinging->WaitForConnected(std::chrono::system_clock::now() + 10s));
  // A GOAWAY would take the channel out of READY.
  BOOST_TEST(!pinging->WaitForStateChange(
    GRPC_CHANNEL_READY, std::chrono::system_clock::now() + 6s));
}

BOOST_FIXTURE_TEST_CASE(health_follows_the_node, gateway_fixture) {
  start();
  const auto method = std::string{"/grpc.health.v1.Health/Check"};
  const auto serving = std::string{"\x08\x01"};
  const auto ask_for_manager
    = "\x0a\x16" + std::string{"wsman.WorkspaceManager"};
  BOOST_TEST(raw_unary(*channel(), method, "").bytes != serving);
  server->set_serving(true);
  BOOST_TEST(raw_unary(*channel(), method, "").bytes == serving);
  BOOST_TEST(raw_unary(*channel(), method, ask_for_manager).bytes == serving);
  server->set_serving(false);
  BOOST_TEST(raw_unary(*channel(), method, ask_for_manager).bytes != serving);
}

BOOST_FIXTURE_TEST_CASE(reflection_lists_the_services, gateway_fixture) {
  start();
  auto answer = raw_exchange(
    *channel(),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "\x3a\x01*");
  for (const auto* service :
       {"wsman.WorkspaceManager", "wsdaemon.WorkspaceContentService",
        "builder.ImageBuilder", "berth.v1.Node", "grpc.health.v1.Health"})
    BOOST_TEST(answer.find(service) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(malformed_and_oversized_requests_are_refused,
                        gateway_fixture) {
  start();
  const auto method = std::string{"/wsman.WorkspaceManager/DescribeWorkspace"};
  for (auto each : {"/wsman.WorkspaceManager/DescribeWorkspace",
                    "/wsman.WorkspaceManager/StartWorkspace",
                    "/wsman.WorkspaceManager/Subscribe",
                    "/wsdaemon.WorkspaceContentService/InitWorkspace",
                    "/builder.ImageBuilder/Build", "/berth.v1.Node/NodeInfo"})
    BOOST_TEST(raw_unary(*channel(), each, "\xff\xff\xff").status.error_code()
                 == grpc::StatusCode::INVALID_ARGUMENT,
               each);
  BOOST_TEST(raw_unary(*channel(), method, std::string((16 << 20) + 1, 'x'))
               .status.error_code()
             == grpc::StatusCode::RESOURCE_EXHAUSTED);
}

BOOST_FIXTURE_TEST_CASE(who_is_only_connected_holds_up_no_end,
                        gateway_fixture) {
  start();
  auto stub = node_stub();
  grpc::ClientContext ctx;
  v1::Maintenance found;
  BOOST_REQUIRE(stub->GetMaintenance(&ctx, {}, &found).ok());
  server->stop(10min); // much longer than a test may take
}

BOOST_AUTO_TEST_SUITE_END()
