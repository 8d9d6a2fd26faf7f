#include "test/ring/caller.hpp"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::ring {

void give_up(const std::string& what) {
  ::fprintf(stderr, "ring: %s: %s\n", what.c_str(), ::strerror(errno));
  ::exit(1);
}

void need(long outcome, const std::string& what) {
  if (outcome < 0)
    give_up(what);
}

caller::caller(const char* socket) {
  int there[2], back[2];
  need(::pipe2(there, O_CLOEXEC), "pipe2");
  need(::pipe2(back, O_CLOEXEC), "pipe2");
  pid_ = ::fork();
  need(pid_, "fork");
  if (pid_ == 0) {
    ::dup2(there[0], STDIN_FILENO);
    ::dup2(back[1], STDOUT_FILENO);
    ::execl("/bin/iws-call", "iws-call", socket, nullptr);
    give_up("iws-call");
  }
  ::close(there[0]);
  ::close(back[1]);
  to_ = ::fdopen(there[1], "w");
  from_ = ::fdopen(back[0], "r");
}

caller::~caller() {
  ::fclose(to_);
  ::fclose(from_);
  ::waitpid(pid_, nullptr, 0);
}

std::string caller::ask(const std::string& method, const std::string& json) {
  ::fprintf(to_, "%s %s\n", method.c_str(), json.c_str());
  ::fflush(to_);
  char line[4096];
  if (::fgets(line, sizeof(line), from_) == nullptr)
    return "no answer";
  line[::strcspn(line, "\n")] = 0;
  return line;
}

std::string caller::ask_for(const std::string& method, pid_t pid,
                            const std::string& target) {
  auto json = "{\"pid\":" + std::to_string(pid);
  if (!target.empty())
    json += ",\"target\":\"" + target + "\"";
  return ask(method, json + "}");
}

} // namespace berth::ring
