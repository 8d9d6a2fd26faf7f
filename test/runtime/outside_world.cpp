#include "test/runtime/node.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::test {

namespace {

/// Listens on every address and greets who connects.
int listener(uint16_t port) {
  auto server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto on = 1;
  ::setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  auto at = sockaddr_in{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (::bind(server, reinterpret_cast<sockaddr*>(&at), sizeof(at)) < 0
      || ::listen(server, 16) < 0)
    ::_exit(1);
  return server;
}

[[noreturn]] void serve(int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::unshare(CLONE_NEWNET) < 0)
    ::_exit(1);
  pollfd doors[] = {{listener(80), POLLIN, 0}, {listener(53), POLLIN, 0}};
  [[maybe_unused]] auto told = ::write(ready, "+", 1);
  for (;;) {
    ::poll(doors, 2, -1);
    for (auto& door : doors)
      if (door.revents & POLLIN)
        ::close(::accept(door.fd, nullptr, nullptr));
  }
}

/// The program's own network, before it has a second thread.
struct private_network {
  private_network() {
    if (::unshare(CLONE_NEWNET) < 0)
      throw std::runtime_error("unshare: these tests need root");
    output_of("ip link set lo up");
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(private_network);

outside_world::outside_world() {
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  pid_ = ::fork();
  if (pid_ == 0)
    serve(ready[1]);
  auto byte = char{};
  ::close(ready[1]);
  BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
  ::close(ready[0]);
  auto there = "nsenter -t " + std::to_string(pid_) + " -n ip ";
  output_of("ip link add up0 type veth peer name eth0 netns "
            + std::to_string(pid_));
  output_of("ip addr add 203.0.113.1/24 dev up0; ip link set up0 up");
  for (auto address : {"203.0.113.9/24", "169.254.169.254/32", "10.99.0.53/32"})
    output_of(there + "addr add " + address + " dev eth0");
  output_of(there + "link set eth0 up");
  output_of("ip route add default via 203.0.113.9");
}

outside_world::~outside_world() {
  output_of("ip link del up0");
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

} // namespace berth::test
