#include "test/housekeeping/loop_file_system.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace berth::test {

namespace {

/// What is mounted from now on goes with this process at the latest.
void leave_host_mounts() {
  BOOST_REQUIRE(::unshare(CLONE_NEWNS) == 0);
  BOOST_REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr)
                == 0);
}

} // namespace

void shell(const std::string& line) {
  BOOST_REQUIRE_MESSAGE(std::system(("set -e; " + line).c_str()) == 0, line);
}

loop_file_system::loop_file_system(const std::string& kind, uint64_t bytes) {
  leave_host_mounts();
  char name[] = "/tmp/berth-loop-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(name) != nullptr);
  directory_ = name;
  mounted_ = directory_ / "mounted";
  auto image = (directory_ / "image").native();
  shell("mkdir " + mounted_.native() + "; truncate -s " + std::to_string(bytes)
        + " " + image + "; mkfs." + kind + " -q " + image + "; mount -o loop "
        + image + " " + mounted_.native());
}

loop_file_system::~loop_file_system() {
  ::umount2(mounted_.c_str(), MNT_DETACH);
  std::filesystem::remove_all(directory_);
}

void loop_file_system::fill() const {
  auto file = ::open((mounted_ / "filler").c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  BOOST_REQUIRE_GE(file, 0);
  for (auto piece : {size_t{1} << 20, size_t{4096}, size_t{1}}) {
    auto bytes = std::vector<char>(piece, 'x');
    while (::write(file, bytes.data(), piece) > 0) {
    }
  }
  ::fsync(file);
  ::close(file);
}

void loop_file_system::make_room() const {
  BOOST_REQUIRE(::unlink((mounted_ / "filler").c_str()) == 0);
  ::sync();
}

} // namespace berth::test
