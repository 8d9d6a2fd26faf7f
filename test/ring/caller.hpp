#pragma once

#include <stdio.h>
#include <sys/types.h>

#include <string>

namespace berth::ring {

/// Ends the program with a sentence and what errno says.
[[noreturn]] void give_up(const std::string& what);

/// Ends the program unless `outcome` says that a system call succeeded.
void need(long outcome, const std::string& what);

/// One connection to the node: an `iws-call` that this process talks to.
class caller {
public:
  explicit caller(const char* socket);
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  ~caller();

  /// "OK {...}", or a code and a text.
  std::string ask(const std::string& method, const std::string& json = "{}");

  /// The same for a method that names a process, and maybe a path it sees.
  std::string ask_for(const std::string& method, pid_t pid,
                      const std::string& target = "");

private:
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  pid_t pid_ = -1;
};

} // namespace berth::ring
