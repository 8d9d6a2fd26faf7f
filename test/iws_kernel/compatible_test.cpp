#include "core/layout.hpp"
#include "sys/cgroup.hpp"
#include "sys/mount.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

using namespace berth;
using namespace berth::test;

namespace fs = std::filesystem;

namespace {

/// As the stock in-container client finds it: no user namespace, user 33333,
/// its capabilities, /.workspace.
constexpr auto config_text = R"({
  "ociVersion": "1.0.2",
  "process": {
    "user": {"uid": 33333, "gid": 33333},
    "args": ["/bin/sh"], "cwd": "/", "env": ["PATH=/bin"],
    "capabilities": {
      "bounding": ["CAP_AUDIT_WRITE", "CAP_FSETID", "CAP_KILL",
                   "CAP_NET_BIND_SERVICE", "CAP_SYS_PTRACE"]
    }
  },
  "root": {"path": "@ROOT"},
  "mounts": [
    {"type": "proc", "destination": "/proc", "source": "proc",
     "options": ["nosuid", "noexec", "nodev"]},
    {"type": "tmpfs", "destination": "/dev", "source": "tmpfs",
     "options": ["nosuid", "mode=755"]},
    {"type": "sysfs", "destination": "/sys", "source": "sysfs",
     "options": ["nosuid", "noexec", "nodev", "ro"]},
    {"type": "bind", "destination": "/.workspace", "source": "@SHARED",
     "options": ["bind", "ro", "nosuid", "nodev"]}
  ],
  "linux": {
    "cgroupsPath": "/@CGROUP",
    "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"},
                   {"type": "mount"}, {"type": "network"}],
    "maskedPaths": ["/proc/keys", "/proc/kcore", "/sys/firmware"],
    "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"]
  }
})";

std::string replaced(std::string text, const std::string& what,
                     const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

/// A container of that kind, with a shell in it that obeys.
struct compatible_node : iws_node {
  compatible_node() {
    make_files();
    start_container();
    w1.kind = container_kind::compatible;
    w1.first_id = 5'000'000;
    w1.ids = id_rule::literal;
    w1.cgroup = cgroup();
  }
  ~compatible_node() {
    output_of("crun --root=" + crun() + " delete -f compatible 2>&1");
    if (auto found = sys::find_cgroups(); found)
      (void)sys::remove_cgroup(*found, cgroup(), 10s);
  }

  std::string operator()(const std::string& line) {
    auto mark = "@@" + std::to_string(++marks_) + "\n";
    write("{ " + line + "\n} 2>&1; echo; echo " + mark);
    return read_until(mark);
  }

  /// The shell that reads now becomes another program, which obeys likewise.
  void become(const std::string& program) {
    auto mark = "@@" + std::to_string(++marks_) + "\n";
    // Nothing is typed that the old shell might read, too.
    write("exec /bin/sh -c 'echo " + mark.substr(0, mark.size() - 1) + "; exec "
          + program + "'\n");
    read_until(mark);
  }

  void anew() { become("/bin/sh"); }

  int64_t pid() {
    return std::stoll((*this)("read pid rest </proc/self/stat; echo $pid"));
  }

  /// As the stock client: a ring in a user and mount namespace of its own,
  /// mapped as it asks for.
  pinned enter_ring(const char* flags) {
    become(std::string{"unshare "} + flags + " /bin/sh");
    auto target = pin(w1, pid());
    for (auto gid : {false, true})
      BOOST_REQUIRE_EQUAL(
        map_ids(w1, target, {{0, 33333, 1}, {1, 100000, 65534}}, gid),
        ec::none);
    anew();
    return target;
  }

  prepare_mark prepare_of_w1() {
    return {w1,
            (dir / "shared").native(),
            {layer().native()},
            (dir / "mark").native()};
  }

  std::string uid_map(const pinned& who) {
    return output_of("tr -s ' ' </proc/" + std::to_string(who.process->pid)
                     + "/uid_map");
  }

  fs::path layer() const { return where().layer("base"); }
  std::string crun() const { return (dir / "crun").native(); }
  std::string cgroup() const { return where().cgroup("compatible"); }

  workspace_container w1;

private:
  void make_files() {
    for (auto name : {"bundle", "shared", "mark"})
      fs::create_directory(dir / name);
    fs::permissions(layer() / "tmp", fs::perms{01777});
    ::chown((layer() / "home/gitpod").c_str(), 33333, 33333);
    auto text = replaced(config_text, "@ROOT", layout::container_root());
    text = replaced(text, "@SHARED", (dir / "shared").native());
    text = replaced(text, "@CGROUP", cgroup());
    std::ofstream{dir / "bundle/config.json"} << text;
  }

  void start_container() {
    int in[2], out[2];
    BOOST_REQUIRE_EQUAL(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC), 0);
    auto child_in = sys::fd{in[0]}, child_out = sys::fd{out[1]};
    to_ = sys::fd{in[1]};
    from_ = sys::fd{out[0]};
    auto root = sys::clone_tree(layer());
    BOOST_REQUIRE(root);
    auto pid_file = (dir / "pid").native();
    auto spec = sys::spawn_spec{};
    spec.argv = {(dir / "bin/berth-ns").native(),
                 "container",
                 "--root-fd",
                 "3",
                 "--root-at",
                 layout::container_root().native(),
                 "--",
                 "/usr/bin/crun",
                 "--root=" + crun(),
                 "run",
                 "--detach",
                 "--bundle",
                 (dir / "bundle").native(),
                 "--pid-file",
                 pid_file,
                 "compatible"};
    spec.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    spec.fds = {{root->get(), 3},
                {child_in.get(), 0},
                {child_out.get(), 1},
                {child_out.get(), 2}};
    auto child = sys::spawn(spec);
    BOOST_REQUIRE(child);
    auto code = sys::wait_child(child->pid);
    BOOST_REQUIRE(code);
    BOOST_REQUIRE_EQUAL(*code, 0);
    std::ifstream{pid_file} >> w1.init.pid;
    auto begun = sys::start_time(w1.init.pid);
    BOOST_REQUIRE(begun);
    w1.init.start_time = *begun;
    // The first process stays as it is; its child obeys.
    write("/bin/sh -c 'echo @@@; exec /bin/sh'\n");
    read_until("@@@\n");
    BOOST_TEST((*this)("id -u") == "33333");
  }

  void write(const std::string& text) {
    BOOST_REQUIRE_EQUAL(::write(to_.get(), text.data(), text.size()),
                        static_cast<ssize_t>(text.size()));
  }

  std::string read_until(const std::string& mark) {
    auto text = std::string{};
    char bytes[4096];
    while (!text.ends_with(mark)) {
      auto waiting = pollfd{from_.get(), POLLIN, 0};
      auto milliseconds = std::chrono::milliseconds{patience}.count();
      BOOST_REQUIRE_MESSAGE(
        ::poll(&waiting, 1, static_cast<int>(milliseconds)) == 1, text);
      auto n = ::read(from_.get(), bytes, sizeof(bytes));
      BOOST_REQUIRE_GT(n, 0);
      text.append(bytes, static_cast<size_t>(n));
    }
    text.resize(text.size() - mark.size());
    while (text.ends_with('\n'))
      text.pop_back();
    return text;
  }

  sys::fd to_, from_;
  int marks_ = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_compatible, compatible_node)

BOOST_AUTO_TEST_CASE(the_stock_clients_way_works) {
  auto before = host_mounts();
  BOOST_TEST(code(hands.mount(), prepare_of_w1()) == ec::none);
  BOOST_TEST(host_mounts() == before);
  BOOST_TEST((*this)("stat -c '%a %u:%g' /dev/net/tun /dev/fuse")
             == "666 33333:33333\n666 33333:33333");
  BOOST_TEST((*this)("ls /.workspace/mark").find("workspace")
             != std::string::npos);
  auto ring1 = enter_ring("-Um");
  BOOST_TEST(uid_map(ring1) == " 0 33333 1\n 1 100000 65534\n");
  BOOST_TEST((*this)("cat /proc/self/setgroups; id -u; id -g")
             == "allow\n0\n0");
  (*this)("mount -t tmpfs t /tmp; mkdir /tmp/r; mount --rbind "
          "/.workspace/mark /tmp/r");
  BOOST_TEST((*this)("stat -c %u /tmp/r/bin/busybox /tmp/r/home/gitpod")
             == "0\n33333");
  BOOST_TEST((*this)("echo x >/tmp/r/root/new; chown 33333 /tmp/r/root/new; "
                     "touch /tmp/r/root/own; stat -c %u /tmp/r/root/new "
                     "/tmp/r/root/own")
             == "33333\n0");
  struct stat found {};
  BOOST_REQUIRE_EQUAL(::stat((dir / "mark/upper/root/new").c_str(), &found), 0);
  BOOST_TEST(found.st_uid == 33333U);
  BOOST_TEST(!fs::exists(layer() / "root/new"));
  // The inner container, as its parent names it.
  (*this)("mkdir /tmp/r/proc2");
  become("unshare -mpnf /bin/sh");
  auto ring2 = pin(w1, pid());
  BOOST_TEST(mount(ring2, kernel_fs::proc, "/tmp/r/proc") == ec::none);
  BOOST_TEST((*this)("read pid rest </tmp/r/proc/self/stat; echo $pid $$")
             == "1 1");
  BOOST_TEST((*this)("cat /tmp/r/proc/keys | wc -c; umount /tmp/r/proc/keys "
                     "2>/dev/null || echo no")
             == "0\nno");
  BOOST_TEST(code(hands.cgroup(), delegate_cgroup{w1}) == ec::none);
  auto in_netns = "nsenter -n -t " + std::to_string(w1.init.pid) + " ";
  output_of(in_netns + "ip link add eth0 mtu 1400 type veth peer name other");
  BOOST_TEST(code(hands.network(), join_network{w1, ring2}) == ec::none);
  BOOST_TEST((*this)("ip -o link show eth0 | grep -c 'mtu 1400'") == "1");
  BOOST_TEST(
    output_of(in_netns + "ip -o -4 addr show veth0").find("10.0.5.1/30")
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(its_own_processes_get_no_map_and_no_mount) {
  auto init = pin(w1, 1);
  BOOST_TEST(map_ids(w1, init, {{0, 33333, 1}}) == ec::failed_precondition);
  (*this)("mkdir /tmp/p");
  for (auto type : {kernel_fs::proc, kernel_fs::sysfs})
    BOOST_TEST(mount(init, type, "/tmp/p") == ec::permission_denied);
  BOOST_TEST((*this)("ls /tmp/p") == "");
}

BOOST_AUTO_TEST_CASE(ids_of_this_machine_are_refused) {
  become("unshare -Um /bin/sh");
  auto target = pin(w1, pid());
  for (const auto& map :
       {id_map{{0, 0, 1}}, id_map{{0, 33333, 2}}, id_map{{1, 99999, 1}},
        id_map{{1, 100000, 70001}}, id_map{{0, 5'000'000, 1}}})
    BOOST_TEST(map_ids(w1, target, map) == ec::invalid_argument);
  BOOST_TEST(uid_map(target) == "");
}

BOOST_AUTO_TEST_CASE(a_range_of_its_own_takes_the_stock_requests_place) {
  w1.ids = id_rule::own_range;
  BOOST_TEST(code(hands.mount(), prepare_of_w1()) == ec::none);
  auto ring1 = enter_ring("-Um");
  BOOST_TEST(uid_map(ring1) == " 0 5000000 1\n 1 5000001 65534\n");
}

BOOST_AUTO_TEST_CASE(a_broken_overlay_leaves_no_mark) {
  auto what = prepare_of_w1();
  what.layers = {(dir / "no-such-layer").native()};
  BOOST_TEST(code(hands.mount(), what) != ec::none);
  BOOST_TEST((*this)("grep -c mark /proc/mounts") == "0");
  BOOST_TEST(code(hands.mount(), prepare_of_w1()) == ec::none);
  BOOST_TEST((*this)("grep -c mark /proc/mounts") == "1");
  auto removed = tell<mark_removed>(hands.mount(), remove_mark{w1, false});
  BOOST_REQUIRE(removed);
  BOOST_TEST(removed->success);
  BOOST_TEST((*this)("grep -c mark /proc/mounts") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
