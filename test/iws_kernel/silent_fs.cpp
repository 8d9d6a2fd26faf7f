#include "test/iws_kernel/silent_fs.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace berth::test {

namespace {

constexpr auto root_node = uint64_t{1};

template <class Body>
void reply_with(int device, uint64_t to, const Body& body) {
  char bytes[sizeof(fuse_out_header) + sizeof(Body)];
  auto header = fuse_out_header{sizeof(bytes), 0, to};
  std::memcpy(bytes, &header, sizeof(header));
  std::memcpy(bytes + sizeof(header), &body, sizeof(body));
  [[maybe_unused]] auto n = ::write(device, bytes, sizeof(bytes));
}

void refuse_with(int device, uint64_t to, int why) {
  auto header = fuse_out_header{sizeof(fuse_out_header), -why, to};
  [[maybe_unused]] auto n = ::write(device, &header, sizeof(header));
}

void answer_request(int device, const char* bytes) {
  auto request = fuse_in_header{};
  std::memcpy(&request, bytes, sizeof(request));
  auto name = bytes + sizeof(request);
  switch (request.opcode) {
    case FUSE_INIT: {
      auto out = fuse_init_out{};
      out.major = FUSE_KERNEL_VERSION;
      out.minor = FUSE_KERNEL_MINOR_VERSION;
      out.max_write = 4096;
      // Who is held holds nobody who looks for another name.
      out.flags = FUSE_PARALLEL_DIROPS;
      return reply_with(device, request.unique, out);
    }
    case FUSE_GETATTR: {
      auto out = fuse_attr_out{};
      out.attr.ino = root_node;
      out.attr.mode = S_IFDIR | 0755;
      out.attr.nlink = 2;
      return reply_with(device, request.unique, out);
    }
    case FUSE_STATFS:
      return reply_with(device, request.unique, fuse_statfs_out{});
    case FUSE_LOOKUP:
      if (std::strcmp(name, "stuck") != 0)
        refuse_with(device, request.unique, ENOENT);
      return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return;
    default: return refuse_with(device, request.unique, ENOSYS);
  }
}

[[noreturn]] void serve_device(int device) {
  static char bytes[1 << 17];
  while (::read(device, bytes, sizeof(bytes)) > 0)
    answer_request(device, bytes);
  ::_exit(0);
}

bool enter_ring(const sys::pinned_process& where) {
  return ::setns(where.user_ns.get(), CLONE_NEWUSER) == 0
         && ::setns(where.mount_ns.get(), CLONE_NEWNS) == 0
         && ::fchdir(where.root.get()) == 0 && ::chroot(".") == 0
         && ::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0
         && ::setresuid(0, 0, 0) == 0;
}

/// Mounts both and goes on serving; tells `ready` how that went.
[[noreturn]] void live_silently(const sys::pinned_process& where, int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto device = -1;
  if (enter_ring(where) && ::mkdir("/tmp/f", 0755) == 0
      && ::mkdir("/tmp/e", 0755) == 0 && ::mkdir("/tmp/o", 0755) == 0)
    device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  char options[128];
  ::snprintf(options, sizeof(options),
             "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
  auto is_there
    = device >= 0 && ::mount("f", "/tmp/f", "fuse", 0, options) == 0;
  // Whoever mounts on top of it has to be answered meanwhile.
  if (is_there && ::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve_device(device);
  }
  ::close(device);
  is_there = is_there
             && ::mount("o", "/tmp/o", "overlay", 0,
                        "lowerdir=/tmp/f:/tmp/e,userxattr")
                  == 0;
  auto error = static_cast<char>(is_there ? 0 : errno);
  if (::write(ready, &error, 1) != 1)
    ::_exit(1);
  for (;;)
    ::pause();
}

} // namespace

silent_fs::silent_fs(const pinned& where) {
  int ready[2];
  BOOST_REQUIRE_EQUAL(::pipe2(ready, O_CLOEXEC), 0);
  pid_ = ::fork();
  if (pid_ == 0)
    live_silently(*where.process, ready[1]);
  ::close(ready[1]);
  auto error = char{1};
  BOOST_REQUIRE_EQUAL(::read(ready[0], &error, 1), 1);
  ::close(ready[0]);
  BOOST_REQUIRE_EQUAL(static_cast<int>(error), 0);
}

silent_fs::~silent_fs() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

} // namespace berth::test
