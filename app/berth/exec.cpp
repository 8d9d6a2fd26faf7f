#include "app/berth/exec.hpp"

#include "app/berth/commands.hpp"
#include "app/berth/exec_session.hpp"
#include "app/berth/find_workspace.hpp"

#include <unistd.h>

#include <cstdlib>
#include <ostream>

namespace berth::cli {

namespace {

constexpr flag exec_flags[] = {
  {"user", 'u', "USER", "the workspace's user by default; root, or UID[:GID]"},
  {"cwd", 'w', "DIR", "where to run it; /workspace by default"},
  {"env", 'e', "NAME=VALUE", "an environment variable; repeatable"},
  {"tty", 't', "", "on a terminal of its own, even if ours is none"},
  {"interactive", 'i', "", "through pipes, even if ours is a terminal"},
};

int exec(session& run) {
  if (run.given.operands.size() != 1 || run.given.rest.empty())
    return run.wrong_usage("expected ID -- COMMAND");
  bool is_terminal = ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO);
  bool wants_terminal
    = run.given.has("tty") || (is_terminal && !run.given.has("interactive"));
  return run_inside(run, run.given.rest, wants_terminal);
}

} // namespace

int run_inside(session& run, const std::vector<std::string>& command,
               bool wants_terminal) {
  v1::ExecStart start;
  start.mutable_command()->Assign(command.begin(), command.end());
  start.set_user(run.given.value_or("user", ""));
  start.set_cwd(run.given.value_or("cwd", ""));
  if (wants_terminal) {
    *start.mutable_terminal() = terminal_size();
    const char* kind = std::getenv("TERM");
    (*start.mutable_env())["TERM"] = kind ? kind : "xterm";
  }
  for (const auto& text : run.given.values("env")) {
    auto equals = text.find('=');
    if (equals == text.npos || equals == 0)
      return run.wrong_usage("--env " + text + ": expected NAME=VALUE");
    (*start.mutable_env())[text.substr(0, equals)] = text.substr(equals + 1);
  }
  std::optional<int> code;
  grpc::Status status;
  {
    // Before gRPC starts its threads: they must not be killed by what is ours.
    session_signals signals;
    auto* to = run.connect();
    if (!to)
      return exit_usage;
    status = find_workspace(*to, run.given.operands[0], *start.mutable_id());
    std::optional<raw_terminal> raw;
    if (status.ok() && wants_terminal)
      raw.emplace();
    if (status.ok())
      status = exec_session{*to, signals}.run(start, code);
  }
  if (code)
    return *code;
  if (status.ok())
    status = {grpc::StatusCode::INTERNAL, "it ended without an exit code"};
  return run.failed(status);
}

const command exec_command = {
  .name = "exec",
  .operands = "ID [-t | -i] [--user U] [--cwd D] [--env K=V] -- COMMAND...",
  .summary = "run a command in a running workspace",
  .details = "On a terminal the command gets one too. Its input is ours, "
             "signals INT, TERM, HUP and QUIT are passed on (the third one, "
             "and five seconds after TERM or HUP, ends us as well), and its "
             "exit code is ours.",
  .flags = exec_flags,
  .subverbs = {},
  .run = exec,
};

} // namespace berth::cli
