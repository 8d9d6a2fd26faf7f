#include "app/berth/commands.hpp"
#include "app/berth/find_workspace.hpp"
#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <ostream>

namespace berth::cli {

namespace {

std::string flags_of(const wsman::WorkspaceConditions& is) {
  std::string all;
  auto add = [&](wsman::WorkspaceConditionBool set, const char* name) {
    if (set == wsman::TRUE)
      all += (all.empty() ? "" : ", ") + std::string{name};
  };
  add(is.deployed(), "deployed");
  add(is.pulling_images(), "pulling images");
  add(is.network_not_ready(), "network not ready");
  add(is.stopped_by_request(), "stopped by request");
  add(is.aborted(), "aborted");
  add(is.final_backup_complete(), "backed up");
  return all;
}

std::string repo_of(const contentservice::GitStatus& repo) {
  if (repo.branch().empty() && repo.latest_commit().empty())
    return {};
  return repo.branch() + " at " + repo.latest_commit().substr(0, 12) + ", "
         + std::to_string(repo.total_uncommited_files()) + " uncommitted, "
         + std::to_string(repo.total_untracked_files()) + " untracked, "
         + std::to_string(repo.total_unpushed_commits()) + " unpushed";
}

std::string ports_of(const wsman::WorkspaceSpec& spec) {
  std::string all;
  for (const auto& port : spec.exposed_ports()) {
    all += (all.empty() ? "" : ", ") + std::to_string(port.port());
    if (port.visibility() == wsman::PORT_VISIBILITY_PUBLIC)
      all += " public";
    if (!port.url().empty())
      all += ' ' + port.url();
  }
  return all;
}

void print_facts(const wsman::DescribeWorkspaceResponse& found,
                 std::ostream& out) {
  const auto& status = found.status();
  const auto& conditions = status.conditions();
  facts rows;
  rows.add("id", status.id());
  rows.add("meta id", status.metadata().meta_id());
  rows.add("owner", status.metadata().owner());
  rows.add("type", type_name(status.spec().type()));
  rows.add("phase", phase_name(status.phase()));
  rows.add("message", status.message());
  rows.add("failed", conditions.failed());
  rows.add("timed out", conditions.timeout());
  rows.add("task failed", conditions.headless_task_failed());
  rows.add("conditions", flags_of(conditions));
  rows.add("snapshot", conditions.snapshot());
  rows.add("image", status.spec().workspace_image());
  rows.add("class", status.spec().class_());
  rows.add("url", status.spec().url());
  rows.add("ports", ports_of(status.spec()));
  rows.add("admits", status.auth().admission() == wsman::ADMIT_EVERYONE
                       ? "everyone"
                       : "owner");
  rows.add("timeout", status.spec().timeout());
  rows.add("closed timeout", status.spec().closed_timeout());
  rows.add("started", format_time(status.metadata().started_at().seconds()));
  rows.add("last activity", found.lastactivity());
  rows.add("node", status.runtime().node_name());
  rows.add("address", status.runtime().node_ip());
  rows.add("repository", repo_of(status.repo()));
  for (const auto& [key, value] : status.metadata().annotations())
    rows.add("annotation", key + '=' + value);
  rows.print(out);
}

int get(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::DescribeWorkspaceRequest request;
  auto status
    = find_workspace(*to, run.given.operands[0], *request.mutable_id());
  wsman::DescribeWorkspaceResponse found;
  if (status.ok())
    status
      = call(to->manager(), &wsman::WorkspaceManager::Stub::DescribeWorkspace,
             request, found);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(found, true) << '\n';
  else
    print_facts(found, run.out);
  return exit_ok;
}

} // namespace

const command get_command = {
  .name = "get",
  .operands = "ID",
  .summary = "show all that is known of a workspace",
  .details = "With --output json: wsman.DescribeWorkspaceResponse.",
  .flags = {},
  .subverbs = {},
  .run = get,
};

} // namespace berth::cli
