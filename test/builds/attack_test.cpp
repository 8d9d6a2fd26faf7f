#include "test/builds/building.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace berth;
using namespace berth::test;

namespace {

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != text.npos;
}

struct hostile : building {
  /// A build whose steps are these lines.
  ended steps(const std::string& lines) {
    commit({{"Dockerfile", "FROM base\n" + lines}});
    return build(request());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_builds, sharing<hostile>,
                         *boost::unit_test::fixture<shared<hostile>>())

BOOST_AUTO_TEST_CASE(a_step_is_confined_like_a_workspace) {
  std::ofstream{node.state() / "canary"} << "canary-of-the-host";
  // Each line tries one thing; "X got" in the log is a hole.
  auto made = node.steps(
    "RUN cat /proc/self/uid_map | grep -q '^ *0 *0 ' && echo ids got; true\n"
    "RUN mknod /disk b 8 0 && echo mknod got; true\n"
    "RUN mkdir -p /m && mount -t tmpfs x /m && echo mount got; true\n"
    "RUN cat /proc/keys 2>/dev/null | grep -q . && echo keys got; true\n"
    "RUN head -c1 /proc/kcore 2>/dev/null | grep -q . && echo kcore got; true\n"
    "RUN echo 1 2>/dev/null > /proc/sys/kernel/sysrq && echo sysctl got; true\n"
    "RUN ls /proc | grep -c '^[0-9]' | { read n; [ $n -lt 60 ] || echo pids "
    "got; "
    "}\n"
    "RUN cat "
    + node.state().native() + "/canary /proc/1/root" + node.state().native()
    + "/canary 2>/dev/null && echo files got; true\n"
      "RUN mkdir -p /x; chroot /x /bin/true; cd /; ls /etc/shadow 2>/dev/null "
      "&& "
      "echo shadow got; true\n"
      "RUN nc -w 1 169.254.169.254 80 </dev/null && echo metadata got; true\n"
      "RUN nc -w 1 $(ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p') 22 "
      "</dev/null && echo gateway got; true\n"
      "RUN ip addr | grep -q 'inet 10.197' || echo no network got\n"
      "RUN ip link add dummy0 type dummy 2>/dev/null && echo link got; true\n"
      "RUN cat /canary 2>/dev/null; echo end\n");
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  auto output = std::string{};
  auto lines = std::istringstream{made.log};
  for (auto line = std::string{}; std::getline(lines, line);)
    if (!line.starts_with("STEP "))
      output += line + "\n";
  BOOST_TEST(!says(output, " got\n"), output);
  BOOST_TEST(!says(output, "canary-of-the-host"), output);
}

BOOST_AUTO_TEST_CASE(programs_that_change_their_user_work) {
  auto made = node.steps(
    "RUN echo joe:x:1234:1234::/:/bin/sh >> /etc/passwd; "
    "cp /bin/busybox /bin/busybox-suid; chmod 4755 /bin/busybox-suid\n"
    "USER joe\n"
    "RUN id -u; busybox-suid id -u\n");
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(says(made.log, "1234\n"), made.log);
}

BOOST_AUTO_TEST_CASE(steps_see_no_credentials) {
  node.commit(
    {{"Dockerfile",
      "FROM base\n"
      "RUN for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; "
      "tr '\\0' '\\n' < $p/cmdline; done 2>/dev/null; "
      "grep -r c2VjcmV0LWNh / --include='*.json' 2>/dev/null; echo seen\n"}});
  auto what = node.request();
  // base64 of "anna:secret-canary"
  (*what.mutable_auth()->mutable_additional())["r.example"]
    = "YW5uYTpzZWNyZXQtY2FuYXJ5";
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(says(made.log, "seen"));
  BOOST_TEST(!says(made.log, "secret-canary"));
  // Nor had anything to be censored.
  BOOST_TEST(!says(made.log, "[censored]"), made.log);
}

BOOST_AUTO_TEST_CASE(links_of_a_repository_lead_nowhere) {
  node.commit({{"real/Dockerfile", "FROM base\n"}});
  node.commit_line(
    "rm -f Dockerfile; ln -s /etc/passwd Dockerfile; ln -s real linked; "
    "ln -s / root");
  for (auto path : {"Dockerfile", "linked/Dockerfile"}) {
    auto failed = node.build(node.request(path));
    BOOST_TEST(says(failed.last().message(), "no Dockerfile at"), failed.why());
  }
  auto failed = node.build(node.request("real/Dockerfile", "root"));
  BOOST_TEST(says(failed.last().message(), "no directory at"), failed.why());
  node.commit({{"copy/Dockerfile", "FROM base\nCOPY passwd /stolen\n"}});
  node.commit_line("ln -s ../../../../../../etc/passwd copy/passwd");
  auto copied = node.build(node.request("copy/Dockerfile"));
  BOOST_TEST(!copied.is_success(), copied.why());
}

BOOST_AUTO_TEST_CASE(extensions_that_open_doors_are_closed) {
  for (auto line :
       {"RUN --security=insecure id", "RUN --device=/dev/sda id",
        "RUN --mount=type=secret,id=x,required=true cat /run/secrets/x",
        "RUN --mount=type=ssh,required=true ssh-add -l"}) {
    auto failed = node.steps(std::string{line} + "\n");
    BOOST_TEST(failed.last().status() == builder::done_failure, line);
  }
  auto inert = node.steps("RUN --network=host ip addr\n");
  auto is_inert = !inert.is_success() || says(inert.log, "inet 10.197");
  BOOST_TEST(is_inert, inert.why());
  node.commit({{"Dockerfile", "# syntax=evil.example/frontend\nFROM base\n"}});
  BOOST_TEST(node.build(node.request()).is_success());
}

BOOST_AUTO_TEST_CASE(bombs_fail_within_limits) {
  auto many = std::string{};
  for (auto i = 0; i < 10'001; ++i)
    many += "RUN true\n";
  BOOST_TEST(says(node.steps(many).last().message(), "too many lines"));
  auto stages = std::string{};
  for (auto i = 0; i < 300; ++i)
    stages += "FROM i" + std::to_string(i) + "\n";
  BOOST_TEST(says(node.steps(stages).last().message(), "too many images"));
}

BOOST_AUTO_TEST_CASE(a_terminal_that_shows_a_log_is_safe) {
  auto made = node.steps("RUN printf 'a\\033[2Jb\\007c\\n'\n");
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(says(made.log, "abc\n"));
  BOOST_TEST(made.log.find('\033') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_are_left_out_for_who_must_not_know_them) {
  auto made = node.steps("RUN true\n");
  auto id = made.last().info().build_id();
  BOOST_TEST(says(node.log_of(id).second, "localhost/workspace-images"));
  auto shown = node.log_of(id, true).second;
  BOOST_TEST(!says(shown, "localhost/workspace-images"), shown);
  BOOST_TEST(says(shown, "Done: [censored]@[censored]"), shown);
}

BOOST_AUTO_TEST_SUITE_END()
