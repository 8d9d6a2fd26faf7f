#include "app/berth/commands.hpp"
#include "app/berth/exec.hpp"

namespace berth::cli {

namespace {

constexpr flag shell_flags[] = {
  {"user", 'u', "USER", "the workspace's user by default; root, or UID[:GID]"},
  {"cwd", 'w', "DIR", "where to begin; /workspace by default"},
  {"env", 'e', "NAME=VALUE", "an environment variable; repeatable"},
};

/// A failed `exec` of a missing program ends some shells, so it is looked for
/// first.
constexpr auto best_shell
  = "if command -v bash >/dev/null 2>&1; then exec bash -l; fi; exec sh -l";

int shell(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  return run_inside(run, {"sh", "-c", best_shell}, true);
}

} // namespace

const command shell_command = {
  .name = "shell",
  .operands = "ID [--user U] [--cwd D] [--env K=V]",
  .summary = "open a login shell in a running workspace",
  .details = "bash where the image has it, else sh.",
  .flags = shell_flags,
  .subverbs = {},
  .run = shell,
};

} // namespace berth::cli
