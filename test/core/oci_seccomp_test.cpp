#include "core/oci/seccomp_profile.hpp"

#include <boost/test/unit_test.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

using namespace berth;

namespace {

/// The errno of one system call made under the filter, 0 if it was let
/// through and did well.
int under_filter(const std::string& program,
                 const std::function<long()>& call) {
  auto child = ::fork();
  if (child == 0) {
    auto raw = sock_fprog{
      static_cast<unsigned short>(program.size() / sizeof(sock_filter)),
      reinterpret_cast<sock_filter*>(const_cast<char*>(program.data()))};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &raw) < 0)
      ::_exit(255);
    ::_exit(call() < 0 ? errno : 0);
  }
  auto status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct profile {
  profile() {
    auto made = compile_seccomp_profile();
    if (!made)
      BOOST_FAIL(describe(made.error()));
    program = *made;
  }

  int errno_of(long number, long a = 0, long b = 0, long c = 0) const {
    return under_filter(program, [=] { return ::syscall(number, a, b, c); });
  }

  std::string program;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(oci_seccomp, profile)

BOOST_AUTO_TEST_CASE(it_fits_the_kernel) {
  BOOST_TEST(program.size() % sizeof(sock_filter) == 0u);
  BOOST_TEST(program.size() / sizeof(sock_filter) < 4096u);
}

BOOST_AUTO_TEST_CASE(ordinary_calls_work) {
  BOOST_TEST(errno_of(SYS_getpid) == 0);
  BOOST_TEST(errno_of(SYS_socket, AF_INET, SOCK_STREAM) == 0);
  BOOST_TEST(errno_of(SYS_socket, AF_UNIX, SOCK_STREAM) == 0);
  BOOST_TEST(errno_of(SYS_socket, AF_NETLINK, SOCK_RAW) == 0);
  BOOST_TEST(errno_of(SYS_personality, 0xffffffff) == 0);
  BOOST_TEST(errno_of(SYS_close, 1234) == EBADF);
  BOOST_TEST(errno_of(SYS_unshare, 0) == 0);
}

BOOST_AUTO_TEST_CASE(dangerous_calls_do_not_exist) {
  for (auto number : {SYS_bpf,
                      SYS_userfaultfd,
                      SYS_perf_event_open,
                      SYS_io_uring_setup,
                      SYS_io_uring_enter,
                      SYS_io_uring_register,
                      SYS_keyctl,
                      SYS_add_key,
                      SYS_request_key,
                      SYS_kexec_load,
                      SYS_kexec_file_load,
                      SYS_init_module,
                      SYS_finit_module,
                      SYS_delete_module,
                      SYS_quotactl,
                      SYS_quotactl_fd,
                      SYS_swapon,
                      SYS_swapoff,
                      SYS_reboot,
                      SYS_settimeofday,
                      SYS_clock_settime,
                      SYS_open_by_handle_at,
                      SYS_fsopen,
                      SYS_fsconfig,
                      SYS_fsmount,
                      SYS_acct,
                      SYS_syslog})
    BOOST_TEST(errno_of(number, -1, -1, -1) == ENOSYS, number);
}

BOOST_AUTO_TEST_CASE(other_families_are_unknown) {
  for (auto family : {AF_ALG, AF_VSOCK, AF_CAN, AF_BLUETOOTH, AF_TIPC, AF_RDS,
                      AF_XDP, 100, -1}) {
    BOOST_TEST(errno_of(SYS_socket, family, SOCK_SEQPACKET) == EAFNOSUPPORT,
               family);
    BOOST_TEST(errno_of(SYS_socketpair, family, SOCK_SEQPACKET) == EAFNOSUPPORT,
               family);
  }
}

BOOST_AUTO_TEST_CASE(execution_domains_of_other_systems_are_closed) {
  BOOST_TEST(errno_of(SYS_personality, 0x0400000) == ENOSYS);
}

BOOST_AUTO_TEST_SUITE_END()
