#include "test/worker/server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::test {

namespace {

bool is_listening(int port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto rc
    = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  ::close(fd);
  return rc == 0;
}

[[noreturn]] void become(std::vector<std::string>& argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, 1);
  ::dup2(null, 2);
  auto raw = std::vector<char*>{};
  for (auto& arg : argv)
    raw.push_back(arg.data());
  raw.push_back(nullptr);
  ::execv(raw[0], raw.data());
  ::_exit(127);
}

} // namespace

int free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto size = socklen_t{sizeof(address)};
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, any, size) < 0 || ::getsockname(fd, any, &size) < 0)
    throw std::runtime_error("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

server_process::server_process(std::vector<std::string> argv, int port) {
  pid_ = ::fork();
  if (pid_ == 0)
    become(argv);
  // It tells nobody when it listens; poll(2) only paces the asking.
  for (int i = 0; i < 1000 && !is_listening(port); ++i)
    ::poll(nullptr, 0, 10);
  if (!is_listening(port))
    throw std::runtime_error(argv[0] + " does not listen");
}

server_process::~server_process() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

} // namespace berth::test
