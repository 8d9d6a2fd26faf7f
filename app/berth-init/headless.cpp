#include "app/berth-init/headless.hpp"

#include "app/berth-init/processes.hpp"
#include "app/berth-init/tasks.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace berth::init {

namespace {

/// For whoever started the workspace; the prefix tells a task's failure from
/// the workspace's.
int fail(const std::string& why) {
  auto message = "headless task failed: " + why;
  auto to = ::open("/dev/termination-log", O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (to < 0 || ::write(to, message.data(), message.size()) < 0)
    ::dprintf(STDERR_FILENO, "%s\n", message.c_str());
  return 1;
}

/// Buries the dead, ours and orphans, and notes what became of tasks.
void reap(std::vector<running_task>& tasks) {
  auto status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
    for (auto& task : tasks)
      if (task.pid == pid)
        task.code = exit_code(status);
}

/// Waits for a signal or output; whether SIGTERM came.
bool wait(int signals, std::vector<running_task>& tasks) {
  auto polled = std::vector<pollfd>{{signals, POLLIN, 0}};
  for (auto& task : tasks)
    polled.push_back({task.output, POLLIN, 0});
  ::poll(polled.data(), polled.size(), -1);
  for (auto& task : tasks)
    copy_output(task);
  auto terminated = false;
  signalfd_siginfo info;
  while (::read(signals, &info, sizeof(info)) == sizeof(info))
    terminated |= info.ssi_signo != SIGCHLD;
  return terminated;
}

bool is_over(const running_task& task) {
  return task.code.has_value();
}

int judge(const std::vector<running_task>& tasks) {
  for (size_t i = 0; i < tasks.size(); ++i)
    if (tasks[i].code != 0)
      return fail("task " + std::to_string(i) + " exited with code "
                  + std::to_string(*tasks[i].code));
  return 0;
}

} // namespace

int run_headless() {
  auto text = ::getenv("GITPOD_TASKS");
  auto tasks = parse_tasks(text == nullptr || *text == '\0' ? "[]" : text);
  if (!tasks)
    return fail("GITPOD_TASKS is no list of tasks");
  auto blocked = blocked_signals();
  auto signals = ::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
  auto running = std::vector<running_task>{};
  for (size_t i = 0; i < tasks->size(); ++i) {
    running.push_back(start_task((*tasks)[i], i));
    if (running.back().pid < 0)
      return fail("task " + std::to_string(i) + " cannot be started");
  }
  while (!std::all_of(running.begin(), running.end(), is_over)) {
    if (wait(signals, running)) {
      end_all_processes();
      return 128 + SIGTERM;
    }
    reap(running);
  }
  for (auto& task : running)
    copy_output(task); // the last words
  return judge(running);
}

} // namespace berth::init
