#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/kernel_mount.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string_view>

namespace berth::ns {

namespace {

/// The mount that is seen at `path` now is the one we made, or it goes.
void verify(int mount, const char* path, long magic) {
  auto seen = open_target(path);
  struct stat ours {
  }, theirs{};
  must(::fstat(mount, &ours), "fstat", "mount");
  must(::fstat(seen, &theirs), "fstat", "target");
  if (has_type(seen, magic) && ours.st_dev == theirs.st_dev
      && is_mount_root(seen))
    return;
  detach_mount(mount);
  refuse(refusal::missing, "target", "moved meanwhile");
}

bool parse_plan(char**& args, kernel_mount_plan& plan) {
  auto option = std::string_view{*args};
  if (option == "--pidns-fd")
    plan.pid_ns = descriptor("--pidns-fd", value_of(args));
  else if (option == "--netns-fd")
    plan.net_ns = descriptor("--netns-fd", value_of(args));
  else if (option == "--userns-fd")
    plan.user_ns = descriptor("--userns-fd", value_of(args));
  else if (option == "--mask")
    plan.masked.push_back(value_of(args));
  else if (option == "--read-only")
    plan.read_only.push_back(value_of(args));
  else
    return false;
  return true;
}

} // namespace

int run_mount(char** args) {
  limit_time();
  auto type = std::string_view{*args == nullptr ? "" : *args++};
  if (type != "proc" && type != "sysfs")
    fail_usage("mount", "needs proc or sysfs first");
  auto plan = kernel_mount_plan{};
  auto view = process_view{};
  const char* path = nullptr;
  plan.is_proc = type == "proc";
  for (; *args != nullptr; ++args) {
    if (std::string_view{*args} == "--at")
      path = value_of(args);
    else if (!take_view_option(args, view) && !parse_plan(args, plan))
      fail_usage(*args, "no such option");
  }
  if (!view.is_complete() || path == nullptr || plan.user_ns < 0
      || (plan.is_proc ? plan.pid_ns : plan.net_ns) < 0)
    fail_usage("mount", "needs namespaces, --root-fd N and --at PATH");
  auto host = outside{};
  auto mount = stage_kernel_mount(plan);
  enter(view);
  auto target = open_target(path);
  check_target(host, target);
  attach_at(mount, target);
  verify(mount, path, plan.is_proc ? PROC_SUPER_MAGIC : SYSFS_MAGIC);
  return 0;
}

} // namespace berth::ns
