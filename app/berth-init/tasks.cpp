#include "app/berth-init/tasks.hpp"

#include "app/berth-init/json.hpp"
#include "app/berth-init/processes.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::init {

namespace {

constexpr uid_t workspace_user = 33333;
constexpr gid_t workspace_group = 33333;
constexpr auto home = "/home/gitpod";
constexpr auto log_directory = "/workspace/.gitpod";
constexpr auto cannot_run = 127;

/// Joins commands so that each may have comments and lines of its own.
std::string join(const std::vector<std::string>& commands) {
  auto script = std::string{};
  for (auto& command : commands)
    script += (script.empty() ? "{\n" : " && {\n") + command + "\n}";
  return script;
}

/// Adds member `name` of `from`. Absent, null and empty are the same; anything
/// but a string is refused.
bool add_command(const json::object& from, const char* name,
                 std::vector<std::string>& to) {
  auto found = from.find(name);
  if (found == from.end())
    return true;
  if (auto literal = std::get_if<json::literal>(&found->second.value))
    return literal->text == "null";
  auto text = found->second.as_string();
  if (text == nullptr)
    return false;
  if (text->find_first_not_of(" \t\r\n") != text->npos)
    to.push_back(*text);
  return true;
}

bool add_environment(const json::object& from, task& to) {
  auto found = from.find("env");
  if (found == from.end())
    return true;
  auto members = found->second.as_object();
  if (members == nullptr)
    return false;
  for (auto& [name, value] : *members) {
    if (auto text = value.as_string())
      to.env.emplace_back(name, *text);
    else if (auto literal = std::get_if<json::literal>(&value.value))
      to.env.emplace_back(name, literal->text);
    else
      return false;
  }
  return true;
}

std::optional<task> parse_task(const json& value) {
  auto members = value.as_object();
  if (members == nullptr)
    return std::nullopt;
  auto result = task{};
  auto commands = std::vector<std::string>{};
  auto last = std::vector<std::string>{};
  if (!add_command(*members, "before", commands)
      || !add_command(*members, "init", commands)
      || !add_command(*members, "prebuild", last)
      || (last.empty() && !add_command(*members, "command", last))
      || !add_environment(*members, result))
    return std::nullopt;
  commands.insert(commands.end(), last.begin(), last.end());
  result.script = join(commands);
  return result;
}

/// Opens the log as the user whose directory it is in: what lies there may be
/// a link to anywhere.
int open_log(size_t number) {
  ::setfsgid(workspace_group);
  ::setfsuid(workspace_user);
  ::mkdir(log_directory, 0755);
  auto name
    = std::string{log_directory} + "/prebuild-log-" + std::to_string(number);
  auto log = ::open(
    name.c_str(),
    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
  ::setfsuid(0);
  ::setfsgid(0);
  return log;
}

void enter_repository() {
  auto root = ::getenv("GITPOD_REPO_ROOT");
  if ((root == nullptr || ::chdir(root) < 0) && ::chdir("/workspace") < 0)
    ::_exit(cannot_run);
}

/// Where we are not root, we were started as that user, with a capability that
/// is not the tasks'.
bool become_workspace_user() {
  if (::geteuid() != 0)
    return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
  return ::setgroups(0, nullptr) == 0
         && ::setresgid(workspace_group, workspace_group, workspace_group) == 0
         && ::setresuid(workspace_user, workspace_user, workspace_user) == 0;
}

[[noreturn]] void run_script(const task& what) {
  ::signal(SIGTERM, SIG_DFL); // or one that comes before execl were lost
  auto none = sigset_t{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  if (!become_workspace_user())
    ::_exit(cannot_run);
  ::setenv("HOME", home, 1);
  for (auto& [name, value] : what.env)
    ::setenv(name.c_str(), value.c_str(), 1);
  enter_repository();
  go_before_init();
  ::execl("/bin/sh", "sh", "-lc", what.script.c_str(), nullptr);
  ::_exit(cannot_run);
}

/// Writes everything, or what is possible: a log must not stop the work.
void write_all(int to, const char* bytes, size_t size) {
  while (to >= 0 && size > 0) {
    auto n = ::write(to, bytes, size);
    if (n < 0 && errno != EINTR)
      return;
    if (n > 0) {
      bytes += n;
      size -= static_cast<size_t>(n);
    }
  }
}

} // namespace

std::optional<std::vector<task>> parse_tasks(std::string_view text) {
  auto document = parse_json(text);
  auto elements = document ? document->as_array() : nullptr;
  if (elements == nullptr)
    return std::nullopt;
  auto tasks = std::vector<task>{};
  for (auto& element : *elements) {
    auto one = parse_task(element);
    if (!one)
      return std::nullopt;
    tasks.push_back(std::move(*one));
  }
  return tasks;
}

running_task start_task(const task& what, size_t number) {
  auto running = running_task{};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0)
    return running;
  running.pid = ::fork();
  if (running.pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    run_script(what);
  }
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  running.output = ends[0];
  running.log = open_log(number);
  return running;
}

void copy_output(running_task& running) {
  char chunk[16 * 1024];
  while (running.output >= 0) {
    auto n = ::read(running.output, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return;
    if (n <= 0) {
      ::close(running.output);
      running.output = -1;
      return;
    }
    write_all(STDOUT_FILENO, chunk, static_cast<size_t>(n));
    write_all(running.log, chunk, static_cast<size_t>(n));
  }
}

} // namespace berth::init
