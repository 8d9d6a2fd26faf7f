#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace berth::ns {

namespace {

[[noreturn]] void refuse_map(const char* file) {
  switch (errno) {
    case EPERM: refuse(refusal::unfit, file, "mapped, or nobody's to map");
    case EINVAL: refuse(refusal::unfit, file, "not a map for this namespace");
    case ENOENT:
    case ESRCH: refuse(refusal::invalid, file, "the process is gone");
    default: fail("write", file);
  }
}

} // namespace

int run_id_map(char** args) {
  limit_time();
  auto process = -1, userns = -1;
  const char* file = nullptr;
  const char* map = nullptr;
  for (; *args != nullptr; ++args) {
    auto option = std::string_view{*args};
    if (option == "--process-fd")
      process = descriptor("--process-fd", value_of(args));
    else if (option == "--userns-fd")
      userns = descriptor("--userns-fd", value_of(args));
    else if (option == "uid" || option == "gid") {
      file = option == "uid" ? "uid_map" : "gid_map";
      map = value_of(args);
    } else
      fail_usage(*args, "no such option");
  }
  if (process < 0 || map == nullptr)
    fail_usage("id-map", "needs --process-fd N and uid|gid MAP");
  // The kernel judges a map by who opened the file: somebody of the namespace
  // above.
  if (userns >= 0)
    must(::setns(userns, CLONE_NEWUSER), "setns", "user namespace");
  auto to = ::openat(process, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (to < 0 || ::write(to, map, ::strlen(map)) < 0)
    refuse_map(file);
  return 0;
}

} // namespace berth::ns
