#include "sys/process.hpp"
#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/ioctl.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

using namespace berth;
using namespace berth::e2e;
namespace fs = std::filesystem;

namespace {

constexpr auto secret_value = "CANARY-9b1f6a50-value";
constexpr auto secret_password = "CANARY-9b1f6a50-password";

struct secretive_service : furnished_service {
  wsman::StartWorkspaceRequest with_secrets(const std::string& url) const {
    auto out = request(fresh_id());
    auto& git = *out.mutable_spec()->mutable_initializer()->mutable_git();
    git.set_remote_uri(url);
    git.set_checkout_location("project");
    git.mutable_config()->set_authentication(contentservice::BASIC_AUTH);
    git.mutable_config()->set_auth_user("anna");
    git.mutable_config()->set_auth_password(secret_password);
    auto& var = *out.mutable_spec()->add_envvars();
    var.set_name("TOKEN");
    var.set_value(secret_value);
    return out;
  }
};

std::string slurp(const fs::path& path) {
  auto text = std::stringstream{};
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

bool tells(const std::string& text) {
  return text.find("CANARY-9b1f6a50") != text.npos;
}

/// Files below `dir` in which a canary stands, but for the git server's own
/// and what is of the image, which is big and older.
std::string files_that_tell(const fs::path& dir) {
  auto found = std::string{};
  auto err = std::error_code{};
  for (auto it = fs::recursive_directory_iterator{dir, err};
       it != fs::recursive_directory_iterator{}; it.increment(err)) {
    if (it->path() == dir / "git" || it->path() == dir / "image"
        || it->path().filename() == "layers")
      it.disable_recursion_pending();
    else if (it->is_regular_file(err) && !it->is_symlink(err)
             && tells(slurp(it->path())))
      found += it->path().native() + " ";
  }
  return found;
}

/// Processes with a canary in their environment or command line, but for those
/// of the container of `id`.
std::string processes_that_tell(const std::string& id = "none") {
  auto found = std::string{};
  for (const auto& entry : fs::directory_iterator{"/proc"}) {
    auto name = entry.path().filename().native();
    if (name.find_first_not_of("0123456789") != name.npos)
      continue;
    auto told
      = slurp(entry.path() / "environ") + slurp(entry.path() / "cmdline");
    auto is_inside
      = slurp(entry.path() / "cgroup").find("berth-" + id) != std::string::npos;
    if (tells(told) && !is_inside)
      found += name + " ";
  }
  return found;
}

/// Processes whose parent, or the parent of that and so on, is `root`.
std::vector<pid_t> descendants(pid_t root) {
  auto out = std::vector<pid_t>{};
  for (const auto& task :
       fs::directory_iterator{"/proc/" + std::to_string(root) + "/task"}) {
    auto children = std::ifstream{task.path() / "children"};
    for (auto pid = pid_t{0}; children >> pid;) {
      out.push_back(pid);
      for (auto further : descendants(pid))
        out.push_back(further);
    }
  }
  return out;
}

std::string name_of(pid_t pid) {
  auto name = slurp("/proc/" + std::to_string(pid) + "/comm");
  return name.substr(0, name.find('\n'));
}

/// `struct pidfd_info` with what Linux 6.16 says of cores.
struct process_info {
  uint64_t mask = 1 << 4; ///< PIDFD_INFO_COREDUMP
  uint64_t cgroup = 0;
  uint32_t ids[11] = {};
  int32_t exit_code = 0;
  uint32_t core = 0;
  uint32_t spare = 0;
};

constexpr uint32_t core_skipped = 1 << 1;
constexpr uint32_t core_by_anybody = 1 << 2;

/// How the kernel would treat a crash of `pid`; nothing on older kernels.
std::optional<uint32_t> core_mode(pid_t pid) {
  auto process = sys::open_pidfd(pid);
  BOOST_REQUIRE(process);
  auto info = process_info{};
  if (::ioctl(process->get(), _IOWR(0xff, 11, process_info), &info) < 0
      || !(info.mask & (1 << 4)))
    return std::nullopt;
  return info.core;
}

void check_writes_no_core(pid_t pid) {
  BOOST_TEST_CONTEXT(name_of(pid)) {
    auto limits = slurp("/proc/" + std::to_string(pid) + "/limits");
    auto line = std::istringstream{limits.substr(limits.find("Max core"))};
    auto words
      = std::vector<std::string>{std::istream_iterator<std::string>{line},
                                 std::istream_iterator<std::string>{}};
    BOOST_TEST((words.at(4) == "1" || words.at(4) == "0"));
    if (auto mode = core_mode(pid)) {
      BOOST_TEST((*mode & core_skipped));
      BOOST_TEST(!(*mode & core_by_anybody));
    } else {
      BOOST_TEST_MESSAGE("this kernel does not say who may be dumped");
    }
  }
}

/// Waits until berthd has a child of that name; its pid.
pid_t await_descendant(pid_t root, const std::string& name) {
  for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
       std::chrono::steady_clock::now() < end;)
    for (auto pid : descendants(root))
      if (name_of(pid) == name)
        return pid;
  BOOST_FAIL("no process " + name);
  return -1;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(secrets, secretive_service)

BOOST_AUTO_TEST_CASE(they_stand_nowhere_and_survive_a_crash) {
  auto server = git_server{dir(), secret_password};
  server.hold();
  auto wanted = with_secrets(server.url());
  const auto& id = wanted.id();
  BOOST_REQUIRE(start(wanted).ok());

  // While the clone waits for its server.
  for (int round = 0; round < 2; ++round) {
    auto worker = await_descendant(pid(), "berth-worker");
    await_descendant(worker, "git");
    BOOST_TEST(files_that_tell(dir()) == "");
    BOOST_TEST(processes_that_tell() == "");
    BOOST_TEST(!tells(describe(id)->SerializeAsString()));
    BOOST_TEST(fs::exists(run_dir() / "secrets" / id));
    check_writes_no_core(pid());
    check_writes_no_core(worker);
    if (round == 0) {
      crash();
      BOOST_TEST(files_that_tell(dir()) == "");
      begin();
    }
  }
  server.go_on();
  auto status = await(id, wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  for (int round = 0; round < 2; ++round) {
    BOOST_TEST(fs::is_empty(run_dir() / "secrets"));
    BOOST_TEST(files_that_tell(dir()) == "");
    BOOST_TEST(processes_that_tell(id) == "");
    BOOST_TEST(!tells(describe(id)->SerializeAsString()));
    BOOST_TEST(!fs::exists(run_dir() / "ws" / id / "shared" / "environment"));
    auto init = pid_t{0};
    std::ifstream{run_dir() / "ws" / id / "container"} >> init;
    BOOST_REQUIRE(init > 1);
    check_writes_no_core(init);
    check_writes_no_core(pid());
    // The user's commands have them; the git token is none of theirs.
    BOOST_TEST(exec(id, {"sh", "-c", "echo $TOKEN"}).text
               == std::string{secret_value} + "\n");
    BOOST_TEST(exec(id, {"sh", "-c", "env; cat /workspace/project/.git/config"})
                 .text.find(secret_password)
               == std::string::npos);
    BOOST_TEST(exec(id, {"cat", "/workspace/project/README.md"}).text
               == "hello\n");
    if (round == 0) {
      crash();
      begin();
    }
  }
  BOOST_REQUIRE(stop(id).ok());
  await(id, wsman::STOPPED);
  BOOST_TEST(files_that_tell(dir()) == "");
  BOOST_TEST(processes_that_tell() == "");
}

BOOST_AUTO_TEST_CASE(a_prebuilds_tasks_have_them) {
  auto prebuild = request(fresh_id());
  prebuild.set_type(wsman::PREBUILD);
  for (
    auto [name, value] :
    {std::pair{
       "GITPOD_TASKS",
       R"([{"init":"test \"$TOKEN\" = \"$(printf CANARY; echo -9b1f6a50-value)\""}])"},
     std::pair{"TOKEN", secret_value}}) {
    auto& var = *prebuild.mutable_spec()->add_envvars();
    var.set_name(name);
    var.set_value(value);
  }
  auto life = watch_life(prebuild);
  BOOST_TEST(life.back().conditions().headless_task_failed() == "");
  BOOST_TEST(life.back().conditions().failed() == "");
  BOOST_TEST(files_that_tell(dir()) == "");
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_leaves_none) {
  auto wanted = with_secrets("http://127.0.0.1:1/none.git");
  BOOST_REQUIRE(start(wanted).ok());
  auto status = await(wanted.id(), wsman::STOPPED, std::chrono::seconds{120});
  BOOST_TEST(!status.conditions().failed().empty());
  BOOST_TEST(!tells(status.SerializeAsString()));
  BOOST_TEST(files_that_tell(dir()) == "");
  // What a crash left is removed at the next start.
  std::ofstream{run_dir() / "secrets" / "t0-0"} << "left";
  crash();
  begin();
  BOOST_TEST(fs::is_empty(run_dir() / "secrets"));
}

BOOST_AUTO_TEST_SUITE_END()
