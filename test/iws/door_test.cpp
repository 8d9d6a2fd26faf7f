#include "sys/fd.hpp"
#include "test/iws/workspace.hpp"

#include <grpcpp/create_channel.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <thread>

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

/// The socket of a workspace of a real berthd, and who means it no good.
namespace berth::e2e {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

using clock = std::chrono::steady_clock;

#ifdef __SANITIZE_ADDRESS__
constexpr auto soon = 5s; // the service is sanitized too
#else
constexpr auto soon = 1s;
#endif

struct door : served_workspace {
  fs::path socket() const { return run_dir() / "ws" / id / "daemon.sock"; }

  /// Nobody's business here: an answer all the same.
  bool answers() const {
    auto arguments = grpc::ChannelArguments{};
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto stub = iws::InWorkspaceService::NewStub(
      grpc::CreateCustomChannel("unix:" + socket().native(),
                                grpc::InsecureChannelCredentials(), arguments));
    auto context = grpc::ClientContext{};
    context.set_deadline(std::chrono::system_clock::now() + 5s);
    auto response = iws::WorkspaceInfoResponse{};
    return stub->WorkspaceInfo(&context, {}, &response).error_code()
           == grpc::StatusCode::PERMISSION_DENIED;
  }

  /// From here until somebody answers there.
  std::chrono::duration<double> time_to_answer() {
    auto began = clock::now();
    auto took = clock::duration::max();
    auto asking = std::thread{[&] {
      while (!answers() && clock::now() - began < 30s)
        std::this_thread::yield();
      took = clock::now() - began;
    }};
    begin();
    asking.join();
    return took;
  }

  sys::fd connect() const {
    auto at = sockaddr_un{};
    at.sun_family = AF_UNIX;
    socket().native().copy(at.sun_path, sizeof(at.sun_path) - 1);
    auto made = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    BOOST_REQUIRE(
      ::connect(made.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    return made;
  }

  fs::path process() const { return "/proc/" + std::to_string(pid()); }

  std::ptrdiff_t descriptors() const {
    return std::distance(fs::directory_iterator{process() / "fd"},
                         fs::directory_iterator{});
  }

  std::ptrdiff_t highest_descriptor() const {
    auto highest = 0;
    for (const auto& one : fs::directory_iterator{process() / "fd"})
      highest = std::max(highest, std::stoi(one.path().filename()));
    return highest;
  }

  long resident_kib() const {
    auto file = std::ifstream{process() / "status"};
    for (auto line = std::string{}; std::getline(file, line);)
      if (line.starts_with("VmRSS:"))
        return std::stol(line.substr(6));
    return 0;
  }
};

bool is_closed(const sys::fd& socket) {
  auto came = pollfd{socket.get(), POLLIN, 0};
  char bytes[4096];
  constexpr auto limit = std::chrono::milliseconds{2 * soon};
  while (::poll(&came, 1, limit.count()) > 0)
    if (::read(socket.get(), bytes, sizeof(bytes)) <= 0)
      return true;
  return false;
}

/// As much of it as is taken within `limit`, again and again if told so.
void send(const sys::fd& to, std::string_view bytes, bool again,
          clock::duration limit) {
  auto end = clock::now() + limit;
  auto waiting = pollfd{to.get(), POLLOUT, 0};
  char back[65536];
  do {
    for (auto rest = bytes; !rest.empty() && clock::now() < end;) {
      ::poll(&waiting, 1, 10);
      auto n = ::send(to.get(), rest.data(), rest.size(),
                      MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        return;
      rest.remove_prefix(static_cast<size_t>(std::max<ssize_t>(n, 0)));
      // Who reads nothing is soon read no more.
      while (again && ::recv(to.get(), back, sizeof(back), MSG_DONTWAIT) > 0) {
      }
    }
  } while (again && clock::now() < end);
}

std::string frame(char type, char flags, char stream, std::string_view body) {
  auto out = std::string{};
  for (auto shift : {16, 8, 0})
    out += static_cast<char>(body.size() >> shift & 0xff);
  return out + type + flags + std::string(3, '\0') + stream + std::string{body};
}

const auto preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "");

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_door_of_a_workspace, door)

BOOST_AUTO_TEST_CASE(is_open_again_within_a_second_of_a_restart) {
  auto fastest = std::chrono::duration<double>::max();
  // The machine may have something else to do for a second.
  for (auto i = 0; i < 3 && fastest > soon; ++i) {
    crash();
    fastest = std::min(fastest, time_to_answer());
  }
  BOOST_TEST_MESSAGE("kill -9 to an answer: " << fastest.count() << " s");
  BOOST_TEST((fastest < soon));
  BOOST_TEST(end() == 0);
  BOOST_TEST(time_to_answer().count() < 10.0);
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
}

BOOST_AUTO_TEST_CASE(takes_so_many_and_no_more) {
  auto held = std::vector<sys::fd>{};
  for (auto i = 0; i < 32; ++i)
    held.push_back(connect());
  BOOST_TEST(is_closed(connect()));
  held.clear();
  auto end = clock::now() + 10s;
  while (!answers() && clock::now() < end)
    std::this_thread::yield();
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
}

BOOST_AUTO_TEST_CASE(survives_running_out_of_descriptors) {
  BOOST_TEST(answers());
  auto same = pid();
  auto usual = rlimit{};
  BOOST_REQUIRE(::prlimit(pid(), RLIMIT_NOFILE, nullptr, &usual) == 0);
  auto few = usual;
  few.rlim_cur = static_cast<rlim_t>(highest_descriptor()) + 1;
  BOOST_REQUIRE(::prlimit(pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
  // Those that get the numbers which are free below that.
  auto held = std::vector<sys::fd>{};
  for (auto free = highest_descriptor() + 1 - descriptors(); free > 0; --free)
    held.push_back(connect());
  // One that is taken all the same, since a number became free meanwhile, keeps
  // it: dropped, it would make room for the next.
  auto turned_away = 0;
  for (auto i = 0; i < 10; ++i) {
    auto came = connect();
    if (is_closed(came))
      ++turned_away;
    else
      held.push_back(std::move(came));
  }
  BOOST_TEST(turned_away > 5);
  BOOST_REQUIRE(::prlimit(pid(), RLIMIT_NOFILE, &usual, nullptr) == 0);
  held.clear();
  BOOST_TEST(answers());
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
  BOOST_TEST(pid() == same);
}

BOOST_AUTO_TEST_CASE(takes_no_descriptors_of_others) {
  BOOST_TEST(answers());
  auto before = descriptors();
  auto client = connect();
  send(client, preface, false, 1s);
  for (auto i = 0; i < 100; ++i) {
    auto ping = frame(6, 0, 0, "descript");
    auto part = iovec{ping.data(), ping.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = {};
    auto message = msghdr{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(16 * sizeof(int));
    std::fill_n(reinterpret_cast<int*>(CMSG_DATA(head)), 16, 0);
    BOOST_REQUIRE(::sendmsg(client.get(), &message, MSG_NOSIGNAL) > 0);
  }
  BOOST_TEST(answers()); // after all of these were read
  BOOST_TEST(descriptors() <= before + 4);
}

BOOST_AUTO_TEST_CASE(stays_open_and_small_whatever_comes_in) {
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
  auto same = pid();
  auto before = resident_kib();
  // Indexed fields of a call, and one that names a method.
  auto headers = std::string{"\x83\x86\x04\x29", 4}
                 + "/iws.InWorkspaceService/WorkspaceInfo...."
                 + std::string{"\x00\x02te\x08trailers", 13};
  auto resets = std::string{};
  for (auto stream = 1; stream < 127; stream += 2)
    resets += frame(1, 4, static_cast<char>(stream), headers)
              + frame(3, 0, static_cast<char>(stream),
                      std::string_view{"\0\0\0\x08", 4});
  struct blow {
    std::string bytes;
    bool again;
  };
  auto blows = std::vector<blow>{
    {"GET / HTTP/1.1\r\n\r\n", false},
    {std::string(100'000, '\xff'), false},
    {preface.substr(0, 10), false},
    {preface + frame(6, 0, 0, "pingping"), true},
    {preface + resets, false},
    // A header list without an end, and a table that grows for ever.
    {preface + frame(1, 0, 1, headers)
       + frame(9, 0, 1, std::string(16'000, '\x40')),
     true},
    {preface + frame(4, 0, 0, std::string{"\0\x04\x7f\xff\xff\xff", 6}), true},
    {preface + frame(8, 0, 0, std::string{"\x7f\xff\xff\xff", 4}), true},
    {preface + frame(0, 0, 1, std::string(16'384, 'x')), true},
  };
  for (const auto& [bytes, again] : blows) {
    auto client = connect();
    send(client, bytes, again, 1s);
    BOOST_TEST(answers());
  }
  BOOST_TEST(call("WorkspaceInfo").starts_with("OK "));
  BOOST_TEST(pid() == same);
  BOOST_TEST(fs::exists(process()));
  auto grown = resident_kib() - before;
  BOOST_TEST_MESSAGE("grown by " << grown << " KiB");
  BOOST_TEST(grown < 32 << 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::e2e
