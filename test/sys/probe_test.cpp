#include "sys/file.hpp"
#include "sys/probe.hpp"
#include "test/sys/support.hpp"

#include <sched.h>

#include <cerrno>

using namespace berth;
using namespace berth::test;

namespace {

constexpr auto large_table = size_t{16} << 20;

/// Whether /proc/filesystems names it: another way to know.
bool is_listed(const std::string& type) {
  auto text = need(sys::read_file("/proc/filesystems", large_table));
  return text.find("\t" + type + "\n") != text.npos;
}

std::string mounts() {
  return need(sys::read_file("/proc/self/mountinfo", large_table));
}

} // namespace

BOOST_AUTO_TEST_SUITE(probes)

BOOST_AUTO_TEST_CASE(know_which_file_systems_there_are) {
  for (auto type : {"proc", "tmpfs", "overlay", "nfs4", "shiftfs"})
    BOOST_TEST(static_cast<bool>(sys::try_file_system(type)) == is_listed(type),
               type);
  auto none = sys::try_file_system("berthfs");
  BOOST_REQUIRE(!none);
  BOOST_TEST(is_errno(none.error(), ENODEV));
}

BOOST_AUTO_TEST_CASE(mount_by_descriptor_and_leave_nothing) {
  auto dir = temporary_directory{};
  auto before = mounts();
  need(sys::try_mount_by_descriptor(dir.path()));
  BOOST_TEST(mounts() == before);
  BOOST_TEST(!sys::try_mount_by_descriptor(dir / "none"));
}

BOOST_AUTO_TEST_CASE(know_where_ids_can_be_shifted) {
  auto dir = temporary_directory{};
  auto userns = make_userns();
  need(sys::try_idmapped_mount(dir.path(), userns));
  BOOST_TEST(!sys::try_idmapped_mount("/proc", userns));
}

BOOST_AUTO_TEST_CASE(know_a_device_when_they_see_one) {
  auto dir = temporary_directory{};
  write(dir / "file", "");
  need(sys::try_device("/dev/null"));
  BOOST_TEST(!sys::try_device(dir / "file"));
  auto none = sys::try_device(dir / "none");
  BOOST_REQUIRE(!none);
  BOOST_TEST(is_errno(none.error(), ENOENT));
}

BOOST_AUTO_TEST_CASE(know_what_the_packet_filter_takes) {
  in_own(CLONE_NEWNET, [] {
    need(
      sys::try_packet_filter("table ip t {\nchain c { type nat hook "
                             "postrouting priority 100; masquerade\n}\n}\n"));
    BOOST_TEST(!sys::try_packet_filter("table ip t {\nchain c { fly\n}\n}\n"));
    BOOST_TEST(run({"/usr/sbin/nft", "list", "ruleset"}).out == "");
  });
}

BOOST_AUTO_TEST_CASE(agree_with_what_is_mounted_about_controllers) {
  auto line = sys::unified_controllers();
  auto is_mounted = mounts().find(" - cgroup2 ") != std::string::npos;
  BOOST_TEST(static_cast<bool>(line) == is_mounted);
  if (line)
    BOOST_TEST(line->find('\n') == line->npos);
}

// Each is newer than some kernels that berthd runs on, so they may fail; but
// then because the kernel does not know what is asked.
BOOST_AUTO_TEST_CASE(fail_for_no_other_reason_than_the_kernel) {
  for (auto probe : {sys::try_pid_translation, sys::try_peer_pidfd,
                     sys::try_proc_of_pid_namespace}) {
    auto found = probe();
    BOOST_TEST((found || is_errno(found.error(), ENOTTY)
                || is_errno(found.error(), ENOPROTOOPT)
                || is_errno(found.error(), EINVAL)),
               (found ? std::string{} : describe(found.error())));
  }
}

BOOST_AUTO_TEST_SUITE_END()
