#include "core/oci/seccomp_profile.hpp"

#include "core/oci/seccomp_calls.hpp"
#include "sys/fd.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <sstream>

namespace berth {

namespace {

struct releaser {
  void operator()(void* context) const { ::seccomp_release(context); }
};

using filter = std::unique_ptr<void, releaser>;

constexpr std::array socket_families{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK,
                                     AF_PACKET};

/// personality(2): Linux, 32 bit on Linux, without address randomization
/// (debuggers), and the question which one it is.
constexpr std::array<uint64_t, 5> personalities{0x0, 0x8, 0x20000, 0x40000,
                                                0xffffffff};

caf::error trouble(int negative_errno, std::string_view what) {
  return errno_error(-negative_errno, "libseccomp", what);
}

result<void> allow_calls(scmp_filter_ctx to) {
  for (auto subject : allowed_calls) {
    auto names = std::istringstream{std::string{subject}};
    for (auto name = std::string{}; names >> name;) {
      auto number = ::seccomp_syscall_resolve_name(name.c_str());
      // A call younger than this libseccomp stays denied.
      if (number == __NR_SCMP_ERROR || name == "personality")
        continue;
      if (auto rc = ::seccomp_rule_add(to, SCMP_ACT_ALLOW, number, 0); rc < 0)
        return trouble(rc, name);
    }
  }
  return {};
}

result<void> judge_personality(scmp_filter_ctx to) {
  for (auto value : personalities)
    if (auto rc = ::seccomp_rule_add(to, SCMP_ACT_ALLOW, SCMP_SYS(personality),
                                     1, SCMP_A0(SCMP_CMP_EQ, value));
        rc < 0)
      return trouble(rc, "personality");
  return {};
}

result<void> judge_sockets(scmp_filter_ctx to) {
  auto rule = [to](uint32_t action, int call, scmp_arg_cmp family) {
    return ::seccomp_rule_add(to, action, call, 1, family);
  };
  auto unknown = SCMP_ACT_ERRNO(EAFNOSUPPORT);
  for (auto call : {SCMP_SYS(socket), SCMP_SYS(socketpair)}) {
    auto rc = 0;
    for (auto family = 0; family <= AF_MAX && rc == 0; ++family) {
      auto is_known
        = std::find(socket_families.begin(), socket_families.end(), family)
          != socket_families.end();
      rc = rule(is_known ? SCMP_ACT_ALLOW : unknown, call,
                SCMP_A0(SCMP_CMP_EQ, static_cast<uint64_t>(family)));
    }
    if (rc == 0)
      rc = rule(unknown, call, SCMP_A0(SCMP_CMP_GT, AF_MAX));
    if (rc < 0)
      return trouble(rc, "socket");
  }
  return {};
}

result<std::string> exported(scmp_filter_ctx from) {
  auto file = sys::fd{::memfd_create("seccomp", MFD_CLOEXEC)};
  if (!file)
    return errno_error(errno, "memfd_create", "seccomp");
  if (auto rc = ::seccomp_export_bpf(from, file.get()); rc < 0)
    return trouble(rc, "export");
  auto size = ::lseek(file.get(), 0, SEEK_END);
  auto bytes = std::string(static_cast<size_t>(std::max<off_t>(size, 0)), '\0');
  auto n = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (n < 0 || static_cast<size_t>(n) != bytes.size() || bytes.empty())
    return errno_error(errno, "pread", "seccomp program");
  return bytes;
}

} // namespace

result<std::string> compile_seccomp_profile() {
  auto made = filter{::seccomp_init(SCMP_ACT_ERRNO(ENOSYS))};
  if (!made)
    return make_error(ec::internal, "seccomp_init");
  // A binary tree: about ten comparisons a call instead of three hundred.
  ::seccomp_attr_set(made.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  // Programs for another architecture than the kernel's (32-bit x86) are
  // killed: their socketcall(2) hides the family where no filter sees it.
  ::seccomp_attr_set(made.get(), SCMP_FLTATR_ACT_BADARCH,
                     SCMP_ACT_KILL_PROCESS);
  for (auto* step : {allow_calls, judge_personality, judge_sockets})
    if (auto done = step(made.get()); !done)
      return done.error();
  return exported(made.get());
}

} // namespace berth
