#include "test/iws_kernel/silent_fs.hpp"

#include <future>

using namespace berth;
using namespace berth::test;

namespace {

struct stuck_node : iws_node {
  stuck_node() {
    BOOST_REQUIRE(
      code(hands.mount(), prepare_mark{w1, where().shared("w1").native()})
      == ec::none);
  }

  template <class Message>
  std::future<ec> begin_inside(Message what) {
    return std::async(std::launch::async, [this, what] {
      auto reply = tell<done>(hands.mount(), what);
      return reply ? ec::none : code_of(reply.error());
    });
  }

  workspace_container w1 = start_one("w1");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_stuck, stuck_node)

BOOST_AUTO_TEST_CASE(a_file_system_that_never_answers_holds_nobody_up) {
  auto inner = ring(w1, "w1");
  auto target = pin(w1, inner.pid());
  inner("mount -t tmpfs t /tmp; mkdir /tmp/p");
  auto before = host_mounts();
  auto began = std::chrono::steady_clock::now();
  {
    auto trap = silent_fs{target};
    auto mounting
      = begin_inside(mount_kernel_fs{target, kernel_fs::proc, "/tmp/o/stuck"});
    auto unmounting
      = begin_inside(unmount_fs{target, kernel_fs::proc, "/tmp/o/stuck/x"});
    // Others are served meanwhile.
    BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/p") == ec::none);
    BOOST_TEST(mount(target, kernel_fs::proc, "/tmp/o/none") == ec::not_found);
    BOOST_TEST(mounting.get() == ec::timeout);
    BOOST_TEST(unmounting.get() == ec::timeout);
    BOOST_TEST((std::chrono::steady_clock::now() - began < 15s));
  }
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST(inner("grep -c ' /tmp/o/stuck ' /proc/self/mountinfo") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
