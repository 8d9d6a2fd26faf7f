#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

constexpr auto userns_number = 3;

/// A sandbox of berth-ns with a directory shown at /content.
struct sandbox {
  sandbox() {
    fs::create_directory(dir / "content");
    fs::create_directory(dir / "shown");
    write(dir / "shown/f", "to be read");
  }

  std::vector<std::string> command(std::vector<std::string> program_args,
                                   const std::string& network = "none") {
    auto argv
      = std::vector<std::string>{program("berth-ns").native(),
                                 "sandbox",
                                 "--userns-fd",
                                 std::to_string(userns_number),
                                 "--net",
                                 network,
                                 "--idmap",
                                 (dir / "content").native() + ":/content",
                                 "--bind",
                                 (dir / "shown").native() + ":/data/shown"};
    argv.insert(argv.end(), extra.begin(), extra.end());
    argv.push_back("--");
    argv.insert(argv.end(), program_args.begin(), program_args.end());
    return argv;
  }

  ending sh(const std::string& script, const std::string& input = {}) {
    auto options = child_options{.input = input};
    options.fds = fds;
    options.fds.emplace_back(userns.get(), userns_number);
    return run(command({"/bin/sh", "-c", script}), options);
  }

  temporary_directory dir;
  sys::fd userns = test::make_userns();
  std::vector<std::string> extra;
  std::vector<std::pair<int, int>> fds;
};

/// Whether any process runs with `word` in its command line.
bool anybody_runs(const std::string& word) {
  return run({"/usr/bin/pgrep", "-f", word}).code == 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(sandboxes, sandbox)

BOOST_AUTO_TEST_CASE(passes_on_input_output_and_exit_code) {
  auto end = sh("cat; echo bad >&2; exit 42", "good");
  BOOST_TEST(end.out == "good");
  BOOST_TEST(end.err == "bad\n");
  BOOST_TEST(end.code == 42);
  BOOST_TEST(sh("kill -9 $$").code == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(shows_nothing_of_the_host_but_programs) {
  write(dir / "secret", "s");
  for (const auto& path :
       {std::string{"/etc/shadow"}, std::string{"/root"}, std::string{"/home"},
        std::string{"/sys"}, std::string{"/boot"}, std::string{"/proc/sys"},
        std::string{"/proc/kcore"}, (dir / "secret").native()})
    BOOST_TEST(sh("test -e " + path).code == 1, path);
  BOOST_TEST(sh("ls /tmp /run /var/tmp/").out
             == "/run:\n\n/tmp:\n\n/var/tmp/:\n");
  BOOST_TEST(sh("git --version").code == 0);
  // ssh(1) runs for nobody who has no name.
  BOOST_TEST(sh("getent passwd 33333 | cut -d: -f1").out == "gitpod\n");
  BOOST_TEST(sh("wc -l < /etc/passwd").out == "3\n");
}

BOOST_AUTO_TEST_CASE(writes_only_to_what_is_its_own) {
  BOOST_TEST(
    sh("echo x >/content/f && echo x >/tmp/f && echo x >/dev/null").code == 0);
  for (auto place : {"/", "/usr", "/etc", "/dev", "/data", "/data/shown"})
    BOOST_TEST(sh(std::string{"echo x >"} + place + "/f").code != 0, place);
  BOOST_TEST(sh("cat /data/shown/f").out == "to be read");
  BOOST_TEST(sh("echo x >/etc/passwd").code != 0);
}

BOOST_AUTO_TEST_CASE(leaves_files_on_disk_with_the_ids_it_saw) {
  auto end = sh("id -u; touch /content/a /content/b;"
                "chown 33333:33334 /content/b; stat -c %u:%g /content/b;"
                "mknod /content/whiteout c 0 0");
  BOOST_TEST(end.out == "0\n33333:33334\n", end.err);
  struct stat a, b;
  BOOST_REQUIRE_EQUAL(::stat((dir / "content/a").c_str(), &a), 0);
  BOOST_REQUIRE_EQUAL(::stat((dir / "content/b").c_str(), &b), 0);
  BOOST_TEST(a.st_uid == 0U);
  BOOST_TEST(b.st_uid == 33333U);
  BOOST_TEST(b.st_gid == 33334U);
  BOOST_TEST(fs::is_character_file(dir / "content/whiteout"));
}

BOOST_AUTO_TEST_CASE(opens_no_device_and_honours_no_setuid_in_content) {
  BOOST_REQUIRE_EQUAL(
    ::mknod((dir / "content/null").c_str(), S_IFCHR | 0666, 0x103), 0);
  BOOST_TEST(sh("echo x >/content/null").code != 0);
  auto options = sh("grep -E ' /(content|usr|dev|tmp|proc|) ' "
                    "/proc/self/mountinfo | grep -v nosuid");
  BOOST_TEST(options.out == "");
}

BOOST_AUTO_TEST_CASE(a_workshop_mounts_but_uncovers_nothing) {
  extra = {"--workshop"};
  auto made = sh("mkdir /tmp/a /tmp/b && mount --bind /tmp/a /tmp/b && "
                 "mount -t tmpfs x /tmp/a && touch /run/x /dev/shm/y && "
                 "echo made");
  BOOST_TEST(made.out == "made\n", made.err);
  for (auto covered : {"/proc", "/proc/sys", "/proc/kcore", "/proc/keys",
                       "/usr", "/data/shown", "/dev"})
    BOOST_TEST(sh(std::string{"umount "} + covered).code != 0, covered);
  for (auto shut : {"/proc/sys", "/usr", "/data/shown"})
    BOOST_TEST(sh(std::string{"mount -o remount,bind,rw "} + shut).code != 0,
               shut);
  BOOST_TEST(sh("cat /proc/keys; ls /sys").out == "");
  BOOST_TEST(sh("grep NoNewPrivs /proc/self/status").out == "NoNewPrivs:\t0\n");
}

BOOST_AUTO_TEST_CASE(a_file_of_its_own_takes_the_place_of_the_hosts) {
  write(dir / "names", "nameserver 192.0.2.1\n");
  extra = {"--bind", (dir / "names").native() + ":/etc/resolv.conf"};
  BOOST_TEST(sh("cat /etc/resolv.conf").out == "nameserver 192.0.2.1\n");
}

BOOST_AUTO_TEST_CASE(has_no_network_when_none_was_asked_for) {
  auto links = sh("cat /proc/self/net/dev");
  BOOST_TEST(links.out.find("lo:") != std::string::npos);
  BOOST_TEST(links.out.find("eth0") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sees_its_own_processes_only) {
  BOOST_TEST(sh("echo /proc/[0-9]*").out == "/proc/1 /proc/2\n");
  BOOST_TEST(sh("kill -9 1; kill -9 -1; kill -0 1").code == 0);
}

BOOST_AUTO_TEST_CASE(cannot_look_into_process_1) {
  BOOST_TEST(sh("readlink /proc/1/exe").code != 0);
  BOOST_TEST(sh("ls /proc/1/fd/").code != 0);
  BOOST_TEST(sh("ls /proc/1/root/").code != 0);
  BOOST_TEST(sh("cat /proc/1/mem").code != 0);
}

BOOST_AUTO_TEST_CASE(can_gain_no_privileges) {
  auto status = sh("cat /proc/self/status").out;
  BOOST_TEST(status.find("NoNewPrivs:\t1") != std::string::npos);
  for (auto set : {"CapPrm", "CapEff", "CapBnd"})
    BOOST_TEST(status.find(std::string{set} + ":\t00000000800401fb")
                 != std::string::npos,
               set);
  BOOST_TEST(status.find("CapAmb:\t0000000000000000") != std::string::npos);
  for (auto command :
       {"mount -t tmpfs t /tmp", "umount /content", "chroot /proc/1/root true",
        "mount -o remount,rw /", "hostname other", "unshare -m true",
        "ip link add x type dummy", "chown 0 /dev/null", "date -s 2000-01-01",
        "mknod /tmp/mem c 1 1"})
    BOOST_TEST(sh(command).code != 0, command);
}

BOOST_AUTO_TEST_CASE(gets_the_descriptors_named_and_no_others) {
  write(dir / "object", "bytes");
  auto object = sys::fd{::open((dir / "object").c_str(), O_RDONLY | O_CLOEXEC)};
  fds = {{object.get(), 8}, {object.get(), 14}};
  extra = {"--keep-fd", "8"};
  BOOST_TEST(sh("ls /proc/$$/fd; :").out == "0\n1\n2\n8\n");
  BOOST_TEST(sh("cat <&8").out == "bytes");
}

BOOST_AUTO_TEST_CASE(lets_go_of_a_pipe_when_the_program_does) {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  auto reader = sys::fd{raw[0]};
  auto writer = sys::fd{raw[1]};
  fds = {{writer.get(), 9}, {userns.get(), userns_number}};
  extra = {"--keep-fd", "9"};
  auto spec = sys::spawn_spec{};
  spec.argv = command({"/bin/sh", "-c", "exec 9>&-; sleep 600"});
  spec.fds = fds;
  auto child = need(sys::spawn(spec));
  writer = sys::fd{};
  auto polled = pollfd{reader.get(), POLLIN, 0};
  BOOST_TEST(::poll(&polled, 1, 20'000) == 1); // its end, while it still runs
  ::kill(child.pid, SIGTERM);
  need(sys::wait_child(child.pid));
}

BOOST_AUTO_TEST_CASE(is_wholly_dead_once_it_was_terminated) {
  auto mark = "berth-sandbox-" + std::to_string(::getpid());
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  auto reader = sys::fd{raw[0]};
  auto writer = sys::fd{raw[1]};
  auto spec = sys::spawn_spec{};
  spec.argv = command({"/bin/sh", "-c",
                       "trap '' TERM; sh -c \"trap '' TERM; echo; sleep 600; : "
                         + mark + "\" & wait; wait"});
  spec.fds = {{userns.get(), userns_number}, {writer.get(), 1}};
  auto child = need(sys::spawn(spec));
  auto byte = char{};
  BOOST_REQUIRE_EQUAL(::read(reader.get(), &byte, 1), 1);
  BOOST_TEST(anybody_runs(mark));
  ::kill(child.pid, SIGTERM);
  BOOST_TEST(need(sys::wait_child(child.pid)) == 128 + SIGTERM);
  BOOST_TEST(!anybody_runs(mark));
}

BOOST_AUTO_TEST_CASE(dies_with_whoever_started_it) {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  auto reader = sys::fd{raw[0]};
  auto writer = sys::fd{raw[1]};
  auto line = std::string{};
  for (auto& word : command({"/bin/sh", "-c", "echo; sleep 600"}))
    line += "'" + word + "' ";
  auto spec = sys::spawn_spec{};
  spec.argv = {"/bin/sh", "-c", line + "& wait"};
  spec.fds = {{userns.get(), userns_number}, {writer.get(), 1}};
  auto starter = need(sys::spawn(spec));
  writer = sys::fd{};
  auto byte = char{};
  BOOST_REQUIRE_EQUAL(::read(reader.get(), &byte, 1), 1);
  ::kill(starter.pid, SIGKILL);
  need(sys::wait_child(starter.pid));
  auto polled = pollfd{reader.get(), 0, 0}; // hung up: nobody holds its stdout
  BOOST_TEST(::poll(&polled, 1, 20'000) == 1);
}

BOOST_AUTO_TEST_CASE(refuses_a_bind_inside_another_one) {
  fs::create_symlink("/etc", dir / "content/link");
  for (auto target : {"/content/sub", "/content/link/x", "/usr/x", "/a/../b"}) {
    extra = {"--bind", (dir / "shown").native() + ":" + target};
    auto end = sh("true");
    BOOST_TEST(end.code == 1, target);
    BOOST_TEST(end.err.starts_with("berth-ns: "), end.err);
  }
  BOOST_TEST(!fs::exists(dir / "content/sub"));
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_its_arguments) {
  auto helper = program("berth-ns").native();
  auto refused = [&](std::vector<std::string> args) {
    args.insert(args.begin(), helper);
    auto end = run(args);
    return end.code == 2 && end.err.starts_with("berth-ns: ");
  };
  BOOST_TEST(refused({}));
  BOOST_TEST(refused({"dance"}));
  BOOST_TEST(refused({"userns", "more"}));
  BOOST_TEST(refused({"sandbox", "--", "/bin/true"}));
  BOOST_TEST(refused(
    {"sandbox", "--userns-fd", "99", "--net", "none", "--", "/bin/true"}));
  BOOST_TEST(refused({"sandbox", "--userns-fd", "1x"}));
  BOOST_TEST(refused({"sandbox", "--userns-fd", "0", "--net", "all"}));
  BOOST_TEST(
    refused({"sandbox", "--userns-fd", "0", "--net", "none", "--", "true"}));
  BOOST_TEST(refused({"sandbox", "--bind", "relative:/x"}));
  BOOST_TEST(refused({"container", "--root-fd", "0", "--", "/bin/true"}));
}

BOOST_AUTO_TEST_SUITE_END()
