#include "test/ring/broker.hpp"

#include "test/ring/caller.hpp"

#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::ring {

namespace {

sockaddr_un broker_address() {
  auto at = sockaddr_un{};
  at.sun_family = AF_UNIX;
  ::strcpy(at.sun_path, broker_socket);
  return at;
}

std::string read_line(int from) {
  auto line = std::string{};
  for (auto c = char{}; ::read(from, &c, 1) == 1 && c != '\n';)
    line += c;
  return line;
}

void write_line(int to, const std::string& text) {
  auto line = text + "\n";
  need(::write(to, line.data(), line.size()), "write");
}

[[noreturn]] void serve(int listening) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto node = caller{"/.workspace/daemon.sock"};
  for (;;) {
    auto client = ::accept(listening, nullptr, nullptr);
    need(client, "accept");
    auto who = ucred{};
    auto size = socklen_t{sizeof(who)};
    need(::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size),
         "SO_PEERCRED");
    auto line = read_line(client);
    auto blank = line.find(' ');
    write_line(client, node.ask_for(line.substr(0, blank), who.pid,
                                    line.substr(blank + 1)));
    ::close(client);
  }
}

bool sees_proc_of_its_own() {
  constexpr auto at = "/tmp/storm";
  need(::unshare(CLONE_NEWNS), "unshare");
  if (!ask_broker("MountProc", at).starts_with("OK "))
    return false;
  struct statfs found {};
  return ::statfs(at, &found) == 0 && found.f_type == PROC_SUPER_MAGIC;
}

/// How many times it went well, as an exit code cannot say.
void work(int times, int result) {
  auto good = 0;
  for (auto i = 0; i < times; ++i) {
    auto child = ::fork();
    need(child, "fork");
    if (child == 0)
      ::_exit(sees_proc_of_its_own() ? 0 : 1);
    auto status = 0;
    ::waitpid(child, &status, 0);
    good += status == 0;
  }
  write_line(result, std::to_string(good));
}

} // namespace

std::vector<pid_t> start_brokers(int count) {
  auto listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = broker_address();
  ::unlink(broker_socket);
  need(::bind(listening, reinterpret_cast<sockaddr*>(&at), sizeof(at)), "bind");
  need(::listen(listening, 64), "listen");
  need(::chmod(broker_socket, 0777), "chmod");
  auto all = std::vector<pid_t>{};
  for (auto i = 0; i < count; ++i) {
    all.push_back(::fork());
    need(all.back(), "fork");
    if (all.back() == 0)
      serve(listening);
  }
  ::close(listening);
  return all;
}

std::string ask_broker(const std::string& method, const std::string& target) {
  auto broker = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = broker_address();
  need(::connect(broker, reinterpret_cast<sockaddr*>(&at), sizeof(at)),
       "connect");
  write_line(broker, method + " " + target);
  auto answer = read_line(broker);
  ::close(broker);
  return answer;
}

int storm(int workers, int times) {
  ::mkdir("/tmp/storm", 0755);
  int results[2];
  need(::pipe(results), "pipe");
  for (auto i = 0; i < workers; ++i) {
    auto child = ::fork();
    need(child, "fork");
    if (child == 0) {
      work(times, results[1]);
      ::_exit(0);
    }
  }
  auto good = 0;
  for (auto i = 0; i < workers; ++i)
    good += ::atoi(read_line(results[0]).c_str());
  while (::wait(nullptr) > 0) {
  }
  return good;
}

} // namespace berth::ring
