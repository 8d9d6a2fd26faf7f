#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/devices.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/verbs.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <string_view>

namespace berth::ns {

namespace {

/// Where v1 hierarchies hold the controllers, the v2 one beside them can limit
/// nothing that matters, and crun refuses a host that shows both.
void hide_second_hierarchy() {
  constexpr auto unified = "/sys/fs/cgroup/unified";
  struct statfs found;
  if (::statfs(unified, &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC)
    must(::umount2(unified, MNT_DETACH), "umount", unified);
}

/// A mount namespace for the OCI runtime. What the host mounts or unmounts
/// later still arrives; nothing of ours goes back.
void enter_private_view() {
  must(::unshare(CLONE_NEWNS), "unshare", "mount namespace");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "mount",
       "/ as slave");
  hide_second_hierarchy();
  cover_device_nodes();
}

} // namespace

int run_container(char** args) {
  auto root = -1;
  const char* at = nullptr;
  for (; *args != nullptr && std::string_view{*args} != "--"; ++args) {
    auto option = std::string_view{*args};
    if (option == "--root-fd")
      root = descriptor("--root-fd", value_of(args));
    else if (option == "--root-at")
      at = value_of(args);
    else
      fail_usage(*args, "no such option");
  }
  if (root < 0 || at == nullptr || at[0] != '/')
    fail_usage("container", "needs --root-fd N and --root-at /DIR");
  auto program = program_behind(args);
  enter_private_view();
  must(::move_mount(root, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", at);
  ::close(root);
  ::execv(program[0], program);
  fail("execv", program[0]);
}

} // namespace berth::ns
