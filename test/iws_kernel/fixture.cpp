#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace berth::test {

namespace {

/// Before the program has a second thread.
struct private_mounts {
  private_mounts() {
    if (::unshare(CLONE_NEWNS) < 0
        || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0
        || ::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) < 0)
      throw std::runtime_error("unshare: these tests need root");
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(private_mounts);

shell::shell(node& n, const std::string& id, std::vector<std::string> argv,
             const std::string& user)
  : command_(n.begin_command(id, std::move(argv), {user})) {
  // Not its own number in a pid namespace of its own: /proc is the container's.
  pid_ = std::stoll((*this)("read pid rest </proc/self/stat; echo $pid"));
}

std::string shell::await(const std::string& mark) {
  auto all = command_.await_output(mark + "\n");
  auto end = all.find(mark + "\n", heard_);
  auto text = all.substr(heard_, end - heard_);
  heard_ = end + mark.size() + 1;
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

std::string shell::operator()(const std::string& line) {
  auto mark = "@@" + std::to_string(++marks_);
  command_.type("{ " + line + "\n} 2>&1; echo; echo " + mark + "\n");
  return await(mark);
}

void shell::anew() {
  auto mark = "@@" + std::to_string(++marks_);
  command_.type("exec /bin/sh -c 'echo " + mark + "; exec /bin/sh'\n");
  await(mark);
}

void shell::leave() {
  command_.type("exit 0\n", true);
  command_.end();
}

iws_node::iws_node() {
  auto at = where().layer("base") / "bin";
  for (auto name : {"ip", "ln", "mkdir", "mv", "rm", "rmdir", "readlink", "wc",
                    "unshare", "nsenter", "setsid", "cut", "sed", "chroot"})
    if (!std::filesystem::exists(at / name))
      std::filesystem::create_symlink("busybox", at / name);
}

container_kind kind_of_this_run() {
  auto* named = std::getenv("BERTH_TEST_KIND");
  if (named == nullptr)
    return container_kind::own;
  return container_kind_from_string(named).value();
}

workspace_container iws_node::start_one(const std::string& id, uint32_t slot,
                                        container_kind kind) {
  auto what = plan(id, slot);
  what->kind = kind;
  what->limits.pids = 400;
  auto begun = start(what);
  auto made = workspace_container{};
  made.kind = kind;
  made.init = begun.container;
  made.cgroup = where().cgroup(id);
  made.first_id
    = disk_map(kind, config->runtime.uid_start + slot * 65536).front().host_id;
  return made;
}

shell iws_node::unshared(const std::string& id, const std::string& flags) {
  return {*this, id, {"/bin/busybox", "unshare", flags, "/bin/sh"}};
}

shell iws_node::ring(const workspace_container& container,
                     const std::string& id) {
  auto inner = unshared(id, "-Umpnf");
  auto target = pin(container, inner.pid());
  for (auto gid : {false, true})
    BOOST_REQUIRE_EQUAL(map_ids(container, target, whole_range(container), gid),
                        ec::none);
  inner.anew();
  return inner;
}

pinned iws_node::pin(const workspace_container& container, int64_t pid) {
  auto found = tell<pinned>(hands.process(), pin_process{container, pid});
  if (!found)
    BOOST_FAIL(describe(found.error()));
  return *found;
}

ec iws_node::pin_code(const workspace_container& container, int64_t pid) {
  return code<pinned>(hands.process(), pin_process{container, pid});
}

ec iws_node::map_ids(const workspace_container& container, const pinned& target,
                     id_map map, bool gid) {
  return code(hands.process(),
              write_id_map{container, target, gid, std::move(map)});
}

ec iws_node::mount(const pinned& target, kernel_fs type,
                   const std::string& at) {
  return code(hands.mount(), mount_kernel_fs{target, type, at});
}

ec iws_node::unmount(const pinned& target, kernel_fs type,
                     const std::string& at) {
  return code(hands.mount(), unmount_fs{target, type, at});
}

id_map whole_range(const workspace_container& container) {
  return disk_map(container.kind, container.first_id);
}

int errno_inside(const pinned& where, const std::function<int()>& call) {
  auto child = ::fork();
  if (child == 0) {
    const auto& process = *where.process;
    if (::setns(process.user_ns.get(), CLONE_NEWUSER) < 0
        || ::setns(process.mount_ns.get(), CLONE_NEWNS) < 0
        || ::fchdir(process.root.get()) < 0 || ::chroot(".") < 0)
      ::_exit(255);
    ::_exit(call() < 0 ? errno : 0);
  }
  auto status = 0;
  ::waitpid(child, &status, 0);
  BOOST_REQUIRE(WIFEXITED(status));
  BOOST_REQUIRE_NE(WEXITSTATUS(status), 255);
  return WEXITSTATUS(status);
}

std::string host_mounts() {
  auto text = std::string{};
  std::getline(std::ifstream{"/proc/self/mountinfo"}, text, '\0');
  return text;
}

} // namespace berth::test
