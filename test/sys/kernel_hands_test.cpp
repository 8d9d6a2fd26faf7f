#include "actors/kernel/hands.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/sys/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iterator>
#include <sstream>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct hands_fixture {
  /// Asks a hand, which answers and quits.
  template <class Reply, class Hand, class Message>
  result<Reply> ask(const Hand& hand, Message message) {
    auto self = caf::scoped_actor{system};
    auto reply = result<Reply>{make_error(ec::internal, "no reply")};
    self->request(hand, 30s, std::move(message))
      .receive([&](Reply& value) { reply = std::move(value); },
               [&](caf::error& err) { reply = std::move(err); });
    self->wait_for(hand);
    return reply;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  kernel_hands hands
    = detached_hands(system, program("berth-ns").parent_path());
  temporary_directory dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(kernel_hands_at_work, hands_fixture)

BOOST_AUTO_TEST_CASE(make_a_userns_with_the_range_asked_for) {
  auto made
    = need(ask<userns>(hands.idmap(), berth::make_userns{{first_id, 1000}}));
  auto end = run({"/usr/bin/nsenter", "--user=/proc/self/fd/5", "/bin/cat",
                  "/proc/self/uid_map", "/proc/self/gid_map"},
                 {.fds = {{made.ns->get(), 5}}});
  auto words = std::istringstream{end.out};
  auto numbers
    = std::vector<uint64_t>{std::istream_iterator<uint64_t>{words}, {}};
  auto expected = std::vector<uint64_t>{0, first_id, 1000, 0, first_id, 1000};
  BOOST_TEST(numbers == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(say_so_when_the_helper_is_missing) {
  auto broken = detached_hands(system, dir.path());
  auto made = ask<userns>(broken.idmap(), berth::make_userns{});
  BOOST_REQUIRE(!made);
  BOOST_TEST(describe(made.error()).starts_with("posix_spawn "));
}

BOOST_AUTO_TEST_CASE(join_layers_to_a_root) {
  need(sys::make_directories(dir / "low", 0755));
  need(sys::make_directories(dir / "rw", 0755));
  write(dir / "low/f", "from the layer");
  auto owner = need(ask<userns>(hands.idmap(), berth::make_userns{{first_id}}));
  auto job = join_layers{
    {(dir / "low").native()}, (dir / "rw").native(), owner.ns, {first_id}};
  auto root = need(ask<detached_root>(hands.mount(), job));
  auto file = sys::fd{::openat(root.mount->get(), "f", O_RDONLY | O_CLOEXEC)};
  struct stat found;
  BOOST_REQUIRE_EQUAL(::fstat(file.get(), &found), 0);
  BOOST_TEST(found.st_uid == first_id);
  job.owner = nullptr;
  BOOST_TEST(!ask<detached_root>(hands.mount(), job));
}

BOOST_AUTO_TEST_CASE(connect_list_and_remove_links) {
  auto spec = sys::spawn_spec{};
  spec.argv
    = {"/usr/bin/unshare", "--net", "/bin/sh", "-c", "echo; exec sleep 600"};
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  auto reader = sys::fd{raw[0]};
  auto writer = sys::fd{raw[1]};
  spec.fds = {{writer.get(), 1}};
  auto child = need(sys::spawn(spec));
  auto byte = char{};
  BOOST_REQUIRE_EQUAL(::read(reader.get(), &byte, 1), 1);
  auto name = "btht" + std::to_string(::getpid());
  // Documentation addresses: nothing of this host is on them.
  need(ask<done>(hands.veth(),
                 connect_veth{child.pid, name, 0xc0000201, 0xc0000202}));
  auto links = need(ask<link_names>(hands.veth(), list_links{"btht"}));
  BOOST_TEST(links.names == std::vector{name},
             boost::test_tools::per_element());
  need(ask<done>(hands.veth(), remove_link{name}));
  need(ask<done>(hands.veth(), remove_link{name}));
  BOOST_TEST(
    need(ask<link_names>(hands.veth(), list_links{name})).names.empty());
  ::kill(child.pid, SIGKILL);
  need(sys::wait_child(child.pid));
}

BOOST_AUTO_TEST_CASE(make_and_remove_cgroups) {
  auto name = "berth-test-" + std::to_string(::getpid());
  need(ask<done>(hands.cgroup(), make_cgroup{name}));
  need(ask<done>(hands.cgroup(), remove_cgroup{name}));
  need(ask<done>(hands.cgroup(), remove_cgroup{name}));
  BOOST_TEST(!ask<done>(hands.cgroup(), make_cgroup{"../x"}));
}

BOOST_AUTO_TEST_CASE(make_write_move_and_remove_files) {
  auto tree = (dir / "a/b").native();
  need(ask<done>(hands.file(), make_directory{tree, 0750}));
  need(ask<done>(hands.file(), write_file{tree + "/f", "text", 0640}));
  BOOST_TEST(read(tree + "/f") == "text");
  auto there = (dir / "there").native();
  need(ask<done>(hands.file(), move_tree{(dir / "a").native(), there}));
  BOOST_TEST(fs::exists(there + "/b/f"));
  need(ask<done>(hands.file(), remove_tree{there}));
  BOOST_TEST(fs::is_empty(dir.path()));
  BOOST_TEST(!ask<done>(hands.file(), remove_tree{"relative"}));
}

BOOST_AUTO_TEST_SUITE_END()
