#include "grpc_gateway/doors/workspace_doors.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

namespace berth::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Knows its own name and nothing else.
workspace_service_actor::behavior_type answering(int64_t name) {
  return {
    [](const prepare_for_userns& request) { request.to.give(done{}); },
    [](const write_id_mapping& request) { request.to.give(done{}); },
    [](const evacuate_cgroup& request) { request.to.give(done{}); },
    [](const mount_nested& request) { request.to.give(done{}); },
    [](const unmount_nested& request) { request.to.give(done{}); },
    [](const set_up_pair_veths& request) { request.to.give(done{}); },
    [](const tear_down& request) { request.to.give(torn_down{true}); },
    [](const tear_down_wiping& request) { request.to.give(torn_down{true}); },
    [name](const get_workspace_usage& request) {
      request.to.give(workspace_usage{name, 0, 0, 0});
    },
  };
}

sys::shared_fd open_shared(const std::string& path) {
  auto raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_REQUIRE(raw >= 0);
  return std::make_shared<const sys::fd>(raw);
}

/// Where this process is itself.
container_mark mark_of_this_process() {
  auto line = std::string{};
  auto file = std::ifstream{"/proc/self/cgroup"};
  auto cgroup = std::string{};
  while (std::getline(file, line) && cgroup.empty())
    cgroup = line.substr(line.find('/', line.find(':') + 1) + 1);
  return {open_shared("/proc/self/ns/pid"), cgroup};
}

sys::fd connect_to(const fs::path& socket) {
  auto at = sockaddr_un{};
  at.sun_family = AF_UNIX;
  socket.native().copy(at.sun_path, sizeof(at.sun_path) - 1);
  auto made = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_REQUIRE(
    ::connect(made.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
  return made;
}

/// Whether the other side closes it without being asked to.
bool is_closed_by_peer(const sys::fd& socket) {
  auto patience = timeval{5, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof(patience));
  char bytes[256];
  auto n = ssize_t{};
  while ((n = ::read(socket.get(), bytes, sizeof(bytes))) > 0) {
  }
  return n == 0;
}

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.max-threads", 1u);
    set("logger.verbosity", caf::atom("quiet"));
  }
};

struct doors_fixture {
  doors_fixture() {
    auto name = std::string{"/tmp/berth-doors-XXXXXX"};
    BOOST_REQUIRE(::mkdtemp(name.data()));
    dir = name;
    auto started = gateway::workspace_doors::start(nullptr);
    BOOST_REQUIRE(started);
    doors = std::move(*started);
  }
  ~doors_fixture() {
    doors->stop();
    for (const auto& service : services)
      caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
    services.clear();
    fs::remove_all(dir);
  }

  /// Opens the doors of `id`; whoever has `mark` may come in.
  result<void> open(const std::string& id, int64_t name,
                    container_mark mark = mark_of_this_process()) {
    fs::create_directories(dir / id);
    services.push_back(system.spawn(answering, name));
    return doors->open({id, dir / id, std::move(mark), services.back()});
  }

  template <class Service>
  std::unique_ptr<typename Service::Stub> client(const std::string& id,
                                                 const std::string& socket) {
    auto arguments = grpc::ChannelArguments{};
    // A connection of its own, and a new one soon if that is lost.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    return Service::NewStub(
      grpc::CreateCustomChannel("unix:" + (dir / id / socket).native(),
                                grpc::InsecureChannelCredentials(), arguments));
  }

  /// Who answers there: a name, or minus the code of an error.
  template <class Stub>
  static int64_t who(Stub& stub) {
    auto context = grpc::ClientContext{};
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    auto response = iws::WorkspaceInfoResponse{};
    auto status = stub.WorkspaceInfo(&context, {}, &response);
    return status.ok() ? response.resources().cpu().used()
                       : -int64_t{status.error_code()};
  }
  int64_t who_is(const std::string& id) {
    return who(*client<iws::InWorkspaceService>(id, "daemon.sock"));
  }

  fs::path dir;
  system_config config;
  caf::actor_system system{config};
  std::vector<workspace_service_actor> services;
  std::shared_ptr<gateway::workspace_doors> doors;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sockets_of_workspaces, doors_fixture)

BOOST_AUTO_TEST_CASE(lead_to_the_workspace_that_they_belong_to) {
  BOOST_REQUIRE(open("w1", 1));
  BOOST_REQUIRE(open("w2", 2));
  auto first = client<iws::InWorkspaceService>("w1", "daemon.sock");
  auto second = client<iws::InWorkspaceService>("w2", "daemon.sock");
  for (auto i = 0; i < 3; ++i) {
    BOOST_TEST(who(*first) == 1);
    BOOST_TEST(who(*second) == 2);
  }
}

BOOST_AUTO_TEST_CASE(tell_connections_apart_that_have_one_number) {
  BOOST_REQUIRE(open("w1", 1));
  BOOST_REQUIRE(open("w2", 2));
  for (auto i = 0; i < 50; ++i) {
    BOOST_TEST(who_is("w1") == 1);
    BOOST_TEST(who_is("w2") == 2);
  }
}

BOOST_AUTO_TEST_CASE(are_open_to_everybody_inside) {
  BOOST_REQUIRE(open("w1", 1));
  for (auto name : {"daemon.sock", "info.sock"}) {
    struct stat found {};
    BOOST_REQUIRE(::stat((dir / "w1" / name).c_str(), &found) == 0);
    BOOST_TEST(S_ISSOCK(found.st_mode));
    BOOST_TEST((found.st_mode & 0777) == 0777u);
  }
}

BOOST_AUTO_TEST_CASE(for_information_serve_nothing_else) {
  BOOST_REQUIRE(open("w1", 1));
  BOOST_TEST(who(*client<iws::WorkspaceInfoService>("w1", "info.sock")) == 1);
  auto more = client<iws::InWorkspaceService>("w1", "info.sock");
  BOOST_TEST(who(*more) == -grpc::StatusCode::UNIMPLEMENTED);
  auto info = client<iws::WorkspaceInfoService>("w1", "daemon.sock");
  BOOST_TEST(who(*info) == -grpc::StatusCode::UNIMPLEMENTED);
}

BOOST_AUTO_TEST_CASE(refuse_processes_of_another_cgroup) {
  auto mark = mark_of_this_process();
  mark.cgroup = "berth/none/such";
  BOOST_REQUIRE(open("w1", 1, mark));
  BOOST_TEST(who_is("w1") == -grpc::StatusCode::PERMISSION_DENIED);
}

BOOST_AUTO_TEST_CASE(refuse_processes_of_another_pid_namespace) {
  // A sibling of ours holds a pid namespace that we are not in.
  auto child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWPID) < 0)
      ::_exit(1);
    auto inner = ::fork();
    if (inner == 0)
      ::pause();
    ::waitpid(inner, nullptr, 0);
    ::_exit(0);
  }
  auto path = "/proc/" + std::to_string(child) + "/ns/pid_for_children";
  auto mark = mark_of_this_process();
  auto ours = fs::read_symlink("/proc/self/ns/pid");
  auto theirs = ours;
  auto err = std::error_code{};
  while (theirs == ours || theirs.empty()) // until it unshared and forked
    theirs = fs::read_symlink(path, err);
  mark.pid_namespace = open_shared(path);
  BOOST_REQUIRE(open("w1", 1, mark));
  BOOST_TEST(who_is("w1") == -grpc::StatusCode::PERMISSION_DENIED);
  auto inner = pid_t{0};
  std::ifstream{"/proc/" + std::to_string(child) + "/task/"
                + std::to_string(child) + "/children"}
    >> inner;
  ::kill(inner, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(take_so_many_connections_and_no_more) {
  BOOST_REQUIRE(open("w1", 1));
  auto held = std::vector<sys::fd>{};
  for (auto i = 0; i < 32; ++i)
    held.push_back(connect_to(dir / "w1/daemon.sock"));
  auto one_more = connect_to(dir / "w1/daemon.sock");
  BOOST_TEST(is_closed_by_peer(one_more));
  // The other socket of that workspace has its own.
  BOOST_TEST(who(*client<iws::WorkspaceInfoService>("w1", "info.sock")) == 1);
  held.clear();
  // gRPC closes its side when it comes to it.
  auto answered = int64_t{-1};
  for (auto end = std::chrono::steady_clock::now() + 10s;
       answered < 0 && std::chrono::steady_clock::now() < end;)
    answered = who_is("w1");
  BOOST_TEST(answered == 1);
}

BOOST_AUTO_TEST_CASE(work_again_after_descriptors_ran_out) {
  BOOST_REQUIRE(open("w1", 1));
  BOOST_TEST(who_is("w1") == 1);
  auto before = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto none_left = before;
  auto crowd = std::vector<sys::fd>{};
  for (auto i = 0; i < 8; ++i)
    crowd.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  none_left.rlim_cur = static_cast<rlim_t>(crowd.back().get()) + 1;
  ::setrlimit(RLIMIT_NOFILE, &none_left);
  auto fillers = std::vector<sys::fd>{};
  for (auto raw = 0; (raw = ::dup(0)) >= 0;)
    fillers.emplace_back(raw);
  auto at = sockaddr_un{};
  at.sun_family = AF_UNIX;
  (dir / "w1/daemon.sock").native().copy(at.sun_path, sizeof(at.sun_path) - 1);
  for (const auto& one : crowd)
    ::connect(one.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at));
  // Two at most get the descriptors that the first client gave back meanwhile.
  auto turned_away = std::count_if(crowd.begin(), crowd.end(), [](auto& one) {
    return is_closed_by_peer(one);
  });
  BOOST_TEST(turned_away >= 6);
  ::setrlimit(RLIMIT_NOFILE, &before);
  fillers.clear();
  crowd.clear();
  BOOST_TEST(who_is("w1") == 1);
}

BOOST_AUTO_TEST_CASE(are_replaced_in_one_step) {
  BOOST_REQUIRE(open("w1", 1));
  auto before = client<iws::InWorkspaceService>("w1", "daemon.sock");
  BOOST_TEST(who(*before) == 1);
  BOOST_REQUIRE(open("w1", 7));
  BOOST_TEST(who_is("w1") == 7);
  // Calls on what came in before find nobody.
  BOOST_TEST(who(*before) == -grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(serve_nobody_when_closed) {
  BOOST_REQUIRE(open("w1", 1));
  auto before = client<iws::InWorkspaceService>("w1", "daemon.sock");
  BOOST_TEST(who(*before) == 1);
  doors->close("w1");
  doors->close("w1");
  BOOST_TEST(who(*before) == -grpc::StatusCode::UNAVAILABLE);
  BOOST_TEST(who_is("w1") == -grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(may_lie_deep) {
  auto deep = std::string(90, 'd') + "/" + std::string(90, 'e');
  BOOST_REQUIRE(open(deep, 1));
  BOOST_TEST(fs::exists(dir / deep / "daemon.sock"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
