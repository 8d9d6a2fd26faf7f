#include "sys/idmap.hpp"
#include "sys/mount_count.hpp"

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace berth::test {

namespace {

/// A process in a mount namespace of its own that does what it is told: 'p'
/// mounts a proc, 'b' a part of one, 'u' takes the last away, 'c' mounts five
/// thousand other ones.
class mounting_process {
public:
  mounting_process() {
    BOOST_REQUIRE(::pipe(orders_) == 0);
    BOOST_REQUIRE(::pipe(answers_) == 0);
    pid_ = ::fork();
    if (pid_ == 0)
      run();
    await();
  }
  mounting_process(const mounting_process&) = delete;
  mounting_process& operator=(const mounting_process&) = delete;
  ~mounting_process() { end(); }

  void obey(char order) {
    BOOST_REQUIRE(::write(orders_[1], &order, 1) == 1);
    await();
  }

  uint64_t id() const {
    auto ns = sys::open_namespace(pid_, "mnt");
    BOOST_REQUIRE(ns);
    auto id = sys::mount_namespace_id(*ns);
    BOOST_REQUIRE(id);
    return *id;
  }

  void end() {
    if (pid_ <= 0)
      return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    for (auto fd : {orders_[0], orders_[1], answers_[0], answers_[1]})
      ::close(fd);
  }

private:
  void await() {
    auto answer = char{};
    BOOST_REQUIRE(::read(answers_[0], &answer, 1) == 1);
    BOOST_REQUIRE(answer == '.');
  }

  static bool crowd() {
    if (::mount("t", "/tmp", "tmpfs", 0, nullptr) < 0)
      return false;
    for (auto i = 0; i < 5000; ++i) {
      char at[32];
      ::snprintf(at, sizeof(at), "/tmp/%d", i);
      if (::mkdir(at, 0755) < 0
          || ::mount(at, at, nullptr, MS_BIND, nullptr) < 0)
        return false;
    }
    return true;
  }

  void run() {
    auto done
      = ::unshare(CLONE_NEWNS) == 0
        && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    for (auto order = char{};;) {
      if (::write(answers_[1], done ? "." : "!", 1) != 1
          || ::read(orders_[0], &order, 1) != 1)
        ::_exit(1);
      if (order == 'p')
        done = ::mount("proc", "/mnt", "proc", 0, nullptr) == 0;
      else if (order == 'b')
        done = ::mount("/proc/sys", "/mnt", nullptr, MS_BIND, nullptr) == 0;
      else if (order == 'c')
        done = crowd();
      else
        done = ::umount("/mnt") == 0;
    }
  }

  int orders_[2], answers_[2];
  pid_t pid_ = -1;
};

uint64_t kernel_mounts_of(uint64_t id) {
  auto counts = sys::count_mounts(id);
  BOOST_REQUIRE(counts);
  return counts->kernel;
}

} // namespace

BOOST_AUTO_TEST_SUITE(counting_mounts)

BOOST_AUTO_TEST_CASE(sees_those_of_another_namespace_come_and_go) {
  auto process = mounting_process{};
  auto id = process.id();
  auto before = kernel_mounts_of(id);
  BOOST_TEST(before >= 1u); // the machine's own proc is seen there, too
  process.obey('p');
  process.obey('p');
  BOOST_TEST(kernel_mounts_of(id) == before + 2);
  process.obey('b'); // a part of one is none
  BOOST_TEST(kernel_mounts_of(id) == before + 2);
  process.obey('u');
  process.obey('u');
  BOOST_TEST(kernel_mounts_of(id) == before + 1);
}

BOOST_AUTO_TEST_CASE(does_not_look_through_more_than_are_worth_it) {
  auto process = mounting_process{};
  process.obey('p');
  process.obey('c');
  auto counts = sys::count_mounts(process.id());
  BOOST_REQUIRE(counts);
  BOOST_TEST(counts->kernel == UINT64_MAX);
  BOOST_TEST(counts->nfs == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(finds_none_where_the_namespace_is_gone) {
  auto process = mounting_process{};
  auto id = process.id();
  process.end();
  auto counts = sys::count_mounts(id);
  BOOST_REQUIRE(counts);
  BOOST_TEST(counts->kernel == 0u);
  BOOST_TEST(counts->nfs == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
