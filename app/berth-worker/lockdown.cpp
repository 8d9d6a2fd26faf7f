#include "app/berth-worker/lockdown.hpp"

#include "sys/process.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace berth::worker {

namespace {

/// What takes apart or puts together a container's view of the machine.
constexpr std::array container_calls{
  SCMP_SYS(mount),       SCMP_SYS(umount2),       SCMP_SYS(move_mount),
  SCMP_SYS(open_tree),   SCMP_SYS(fsopen),        SCMP_SYS(fsconfig),
  SCMP_SYS(fsmount),     SCMP_SYS(fspick),        SCMP_SYS(mount_setattr),
  SCMP_SYS(pivot_root),  SCMP_SYS(unshare),       SCMP_SYS(setns),
  SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
};

constexpr std::array denied_calls{
  SCMP_SYS(keyctl),
  SCMP_SYS(add_key),
  SCMP_SYS(request_key),
  SCMP_SYS(bpf),
  SCMP_SYS(perf_event_open),
  SCMP_SYS(ptrace),
  SCMP_SYS(process_vm_readv),
  SCMP_SYS(process_vm_writev),
  SCMP_SYS(process_madvise),
  SCMP_SYS(pidfd_getfd),
  SCMP_SYS(kcmp),
  SCMP_SYS(userfaultfd),
  SCMP_SYS(io_uring_setup),
  SCMP_SYS(io_uring_enter),
  SCMP_SYS(io_uring_register),
  SCMP_SYS(kexec_load),
  SCMP_SYS(kexec_file_load),
  SCMP_SYS(init_module),
  SCMP_SYS(finit_module),
  SCMP_SYS(delete_module),
  SCMP_SYS(open_by_handle_at),
  SCMP_SYS(name_to_handle_at),
  SCMP_SYS(swapon),
  SCMP_SYS(swapoff),
  SCMP_SYS(reboot),
  SCMP_SYS(acct),
  SCMP_SYS(quotactl),
  SCMP_SYS(settimeofday),
  SCMP_SYS(clock_settime),
  SCMP_SYS(clock_adjtime),
  SCMP_SYS(adjtimex),
  SCMP_SYS(iopl),
  SCMP_SYS(ioperm),
  SCMP_SYS(syslog),
};

constexpr std::array denied_families{AF_ALG,       AF_PACKET, AF_VSOCK,
                                     AF_BLUETOOTH, AF_CAN,    AF_XDP,
                                     AF_TIPC,      AF_RDS,    AF_KEY};

constexpr std::array<scmp_datum_t, 8> namespace_flags{
  CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,    CLONE_NEWUSER,
  CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */};

using filter = std::unique_ptr<void, decltype(&seccomp_release)>;

int add_rules(scmp_filter_ctx ctx, bool is_workshop) {
  auto deny = SCMP_ACT_ERRNO(EPERM);
  for (auto call : denied_calls)
    if (auto rc = seccomp_rule_add(ctx, deny, call, 0); rc < 0)
      return rc;
  for (auto family : denied_families)
    if (auto rc = seccomp_rule_add(
          ctx, deny, SCMP_SYS(socket), 1,
          SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)));
        rc < 0)
      return rc;
  if (is_workshop)
    return 0;
  for (auto call : container_calls)
    if (auto rc = seccomp_rule_add(ctx, deny, call, 0); rc < 0)
      return rc;
  for (auto flag : namespace_flags)
    if (auto rc = seccomp_rule_add(ctx, deny, SCMP_SYS(clone), 1,
                                   SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
        rc < 0)
      return rc;
  // Its flags are in memory, where a filter cannot look. libc falls back to
  // clone(2) when the kernel seems not to know it.
  return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

} // namespace

result<void> lock_down(bool is_workshop) {
  if (auto forbidden = sys::forbid_core_dumps(); !forbidden)
    return forbidden;
  if (!is_workshop && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return errno_error(errno, "prctl", "PR_SET_NO_NEW_PRIVS");
  auto ctx = filter{seccomp_init(SCMP_ACT_ALLOW), seccomp_release};
  if (!ctx)
    return make_error(ec::internal, "seccomp_init");
  if (auto rc
      = seccomp_attr_set(ctx.get(), SCMP_FLTATR_CTL_NNP, is_workshop ? 0 : 1);
      rc < 0)
    return errno_error(-rc, "seccomp_attr_set", "NO_NEW_PRIVS");
  if (auto rc = add_rules(ctx.get(), is_workshop); rc < 0)
    return errno_error(-rc, "seccomp_rule_add", "deny list");
  if (auto rc = seccomp_load(ctx.get()); rc < 0)
    return errno_error(-rc, "seccomp_load", "deny list");
  return {};
}

} // namespace berth::worker
