#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/sandbox.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace berth::ns {

namespace {

/// What unpacking, owning and removing files takes, within the user namespace.
constexpr uint64_t kept_capabilities
  = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER
    | 1U << CAP_FSETID | 1U << CAP_KILL | 1U << CAP_SETGID | 1U << CAP_SETUID
    | 1U << CAP_SYS_CHROOT | 1U << CAP_SETFCAP | 1U << CAP_SETPCAP;

/// What making containers takes besides: mounts, and what programs in an image
/// may want that the user namespace keeps harmless.
constexpr uint64_t workshop_capabilities
  = kept_capabilities | 1U << CAP_SYS_ADMIN | 1U << CAP_MKNOD
    | 1U << CAP_NET_RAW | 1U << CAP_NET_BIND_SERVICE | 1U << CAP_AUDIT_WRITE;

/// Keeps `kept` in every set; the bounding set is what a program executed by
/// user 0 gets.
void drop_capabilities(uint64_t kept) {
  for (auto cap = 0; ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap)
    if ((kept >> cap & 1) == 0)
      must(::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "prctl", "CAPBSET_DROP");
  auto header = __user_cap_header_struct{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  sets[0].effective = sets[0].permitted = static_cast<uint32_t>(kept);
  must(::syscall(SYS_capset, &header, sets), "capset", "kept capabilities");
}

void limit(__rlimit_resource what, rlim_t wanted, const char* name) {
  auto now = rlimit{};
  must(::getrlimit(what, &now), "getrlimit", name);
  now.rlim_cur = now.rlim_max = std::min(wanted, now.rlim_max);
  must(::setrlimit(what, &now), "setrlimit", name);
}

void limit_resources() {
  // 0 would stop a core file only; 1 also stops one that goes to a program.
  limit(RLIMIT_CORE, 1, "CORE");
  limit(RLIMIT_NOFILE, 65536, "NOFILE");
}

} // namespace

void enter_userns(int userns) {
  must(::setns(userns, CLONE_NEWUSER), "setns", "user namespace");
  must(::setgroups(0, nullptr), "setgroups", "none");
  must(::setresgid(0, 0, 0), "setresgid", "0");
  must(::setresuid(0, 0, 0), "setresuid", "0");
}

void close_others(const std::vector<int>& keep) {
  auto next = 3U;
  for (auto each : keep) {
    auto kept = static_cast<unsigned>(each);
    if (kept > next)
      must(::close_range(next, kept - 1, 0), "close_range", "others");
    next = std::max(next, kept + 1);
  }
  must(::close_range(next, UINT_MAX, 0), "close_range", "others");
}

void confine(const std::vector<int>& keep) {
  close_others(keep);
  limit_resources();
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "NO_NEW_PRIVS");
  drop_capabilities(kept_capabilities);
}

void confine_workshop(const std::vector<int>& keep) {
  close_others(keep);
  limit_resources();
  drop_capabilities(workshop_capabilities);
}

} // namespace berth::ns
