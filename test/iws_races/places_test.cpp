#include "test/iws_races/race.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <string>

using namespace berth;
using namespace berth::test;

/// Places that change while the node mounts there.
namespace {

constexpr auto fair = {ec::none, ec::invalid_argument, ec::not_found,
                       ec::failed_precondition, ec::aborted};

void exchange(const char* a, const char* b) {
  ::syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

struct place_race : race_node {
  place_race() { remember_machine(); }
  ~place_race() {
    BOOST_TEST(container_mounts() == container_);
    // Mounts that stuck go with their namespace.
    inner("umount -l /tmp");
    check_machine();
  }

  /// Mounts at `at` while somebody does `step`.
  void run(const char* name, const std::string& at,
           const std::function<void(unsigned)>& step) {
    auto outcomes = std::map<ec, unsigned>{};
    {
      auto other = attacker{target, step};
      outcomes = contend([&](unsigned round) {
        if (round % 2 != 0)
          return outcome_of(hands.mount(),
                            unmount_fs{target, kernel_fs::proc, at});
        return mount_at(at);
      });
    }
    test::tell(name, outcomes);
    auto known = std::vector<ec>{fair};
    known.push_back(ec::permission_denied); // its own /proc
    BOOST_TEST(has_only(outcomes, known));
  }

private:
  std::string container_ = container_mounts();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(races_for_places, place_race)

BOOST_AUTO_TEST_CASE(a_part_of_the_way_becomes_a_link) {
  inner("mkdir -p /tmp/a/p; ln -s /proc/1/root /tmp/b/p; ln -s / /tmp/c");
  run("links", "/tmp/a/p", [](unsigned round) {
    exchange("/tmp/a", round % 2 != 0 ? "/tmp/b" : "/tmp/c");
  });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_way_becomes_a_link) {
  inner("mkdir /tmp/a/p; ln -s /dev /tmp/a/l; ln -s /proc/self/fd/0 /tmp/a/m");
  run("last links", "/tmp/a/p", [](unsigned round) {
    exchange("/tmp/a/p", round % 2 != 0 ? "/tmp/a/l" : "/tmp/a/m");
  });
}

BOOST_AUTO_TEST_CASE(directories_move_out_from_under_it) {
  inner("mkdir -p /tmp/a/x/y/p");
  run("moves", "/tmp/a/x/y/p", [](unsigned) {
    ::rename("/tmp/a/x/y", "/tmp/y");
    ::rename("/tmp/y", "/tmp/b/y");
    ::rename("/tmp/b/y", "/tmp/a/x/y");
  });
}

BOOST_AUTO_TEST_CASE(the_place_comes_and_goes) {
  run("removals", "/tmp/a/p", [](unsigned) {
    ::mkdir("/tmp/a/p", 0755);
    ::rmdir("/tmp/a/p");
  });
}

BOOST_AUTO_TEST_CASE(other_mounts_come_and_go_there) {
  inner("mkdir /tmp/a/p");
  run("mounts", "/tmp/a/p", [](unsigned round) {
    if (round % 3 == 0)
      ::mount("t", "/tmp/a", "tmpfs", 0, "size=4k");
    else if (round % 3 == 1)
      ::mount("/tmp/b", "/tmp/a/p", nullptr, MS_BIND, nullptr);
    else
      while (::umount2("/tmp/a/p", MNT_DETACH) == 0
             || ::umount2("/tmp/a", MNT_DETACH) == 0) {
      }
  });
}

BOOST_AUTO_TEST_CASE(propagation_changes_while_it_mounts) {
  inner("mkdir /tmp/a/p");
  run("propagation", "/tmp/a/p", [](unsigned round) {
    constexpr unsigned long kinds[] = {MS_SHARED, MS_PRIVATE, MS_SLAVE};
    ::mount(nullptr, "/tmp", nullptr, kinds[round % 3], nullptr);
    ::mount(nullptr, "/", nullptr, kinds[round % 3], nullptr);
  });
}

BOOST_AUTO_TEST_SUITE_END()
