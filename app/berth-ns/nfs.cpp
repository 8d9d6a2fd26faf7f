#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

namespace berth::ns {

namespace {

constexpr auto type_name = "nfs4";

struct nfs_mount_plan {
  const char* source = nullptr;
  std::vector<char*> options; ///< NAME or NAME=VALUE
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
};

[[noreturn]] void refuse_server(const char* call) {
  switch (errno) {
    case ENODEV: refuse(refusal::unfit, type_name, "not in this kernel");
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ETIMEDOUT: refuse(refusal::unavailable, type_name, "no answer");
    case EACCES:
    case EPERM: refuse(refusal::forbidden, type_name, "the server says no");
    case ENOENT: refuse(refusal::missing, type_name, "no such export");
    default: fail(call, type_name);
  }
}

void configure(int fs, char* option) {
  auto equals = ::strchr(option, '=');
  if (equals != nullptr)
    *equals = '\0';
  auto set = equals == nullptr
               ? ::fsconfig(fs, FSCONFIG_SET_FLAG, option, nullptr, 0)
               : ::fsconfig(fs, FSCONFIG_SET_STRING, option, equals + 1, 0);
  must(set, "fsconfig", option);
}

int connect(const nfs_mount_plan& plan) {
  auto fs = ::fsopen(type_name, FSOPEN_CLOEXEC);
  if (fs < 0)
    refuse_server("fsopen");
  must(::fsconfig(fs, FSCONFIG_SET_STRING, "source", plan.source, 0),
       "fsconfig", "source");
  for (auto option : plan.options)
    configure(fs, option);
  if (::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0)
    refuse_server("fsconfig");
  auto mount = ::fsmount(fs, FSMOUNT_CLOEXEC, plan.attributes);
  if (mount < 0)
    refuse_server("fsmount");
  ::close(fs);
  return mount;
}

} // namespace

int run_nfs(char** args) {
  limit_time();
  auto plan = nfs_mount_plan{};
  auto view = process_view{};
  auto netns = -1;
  const char* path = nullptr;
  for (; *args != nullptr; ++args) {
    auto option = std::string_view{*args};
    if (option == "--netns-fd")
      netns = descriptor("--netns-fd", value_of(args));
    else if (option == "--source")
      plan.source = value_of(args);
    else if (option == "--option") {
      value_of(args);
      plan.options.push_back(*args);
    } else if (option == "--read-only")
      plan.attributes |= MOUNT_ATTR_RDONLY;
    else if (option == "--at")
      path = value_of(args);
    else if (!take_view_option(args, view))
      fail_usage(*args, "no such option");
  }
  if (!view.is_complete() || netns < 0 || path == nullptr
      || plan.source == nullptr)
    fail_usage("nfs", "needs namespaces, --root-fd N, --source S, --at PATH");
  auto host = outside{};
  must(::setns(netns, CLONE_NEWNET), "setns", "network namespace");
  auto mount = connect(plan);
  enter(view);
  auto target = open_target(path);
  check_target(host, target);
  attach_at(mount, target);
  return 0;
}

} // namespace berth::ns
