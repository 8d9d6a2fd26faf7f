#include "test/runtime/node.hpp"

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(ssh_keys, node)

BOOST_AUTO_TEST_CASE(a_daemon_inside_finds_and_trusts_them) {
  start(plan("w1", 3));
  need<done>(put_ssh_keys{"w1", 3, {"ssh-ed25519 AAAA anna"}});
  auto as_user = run("w1", {"/bin/cat", "/.workspace/authorized_keys"});
  BOOST_TEST(as_user.out == "ssh-ed25519 AAAA anna\n");
  // All the way up it is root's and nobody else may write.
  BOOST_TEST(
    sh("w1", "stat -c %u:%g:%a / /.workspace /.workspace/authorized_keys")
    == "0:0:755\n0:0:711\n0:0:644");
}

BOOST_AUTO_TEST_CASE(they_are_replaced_from_outside_only) {
  start(plan("w1"));
  need<done>(put_ssh_keys{"w1", 0, {"a", "b"}});
  need<done>(put_ssh_keys{"w1", 0, {"c"}});
  BOOST_TEST(sh("w1", "cat /.workspace/authorized_keys") == "c");
  BOOST_TEST(sh("w1", "ls /.workspace") == "authorized_keys");
  for (const auto* attack : {"echo x > /.workspace/authorized_keys",
                             "/bin/busybox rm /.workspace/authorized_keys",
                             "/bin/busybox touch /.workspace/mine",
                             "mount -o remount,rw,bind /.workspace"})
    BOOST_TEST(run("w1", {"/bin/sh", "-c", attack}, {"root"}).code != 0,
               attack);
  BOOST_TEST(sh("w1", "cat /.workspace/authorized_keys") == "c");
}

BOOST_AUTO_TEST_CASE(without_a_container_there_is_nowhere_to_put_them) {
  auto refused = ask<done>(put_ssh_keys{"w1", 0, {"a"}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::not_found));
  BOOST_TEST(residue() == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
