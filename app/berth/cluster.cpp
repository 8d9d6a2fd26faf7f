#include "app/berth/commands.hpp"
#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <ostream>

namespace berth::cli {

namespace {

void print_classes(const wsman::DescribeClusterResponse& found,
                   std::ostream& out) {
  table rows{{{.title = "CLASS"},
              {.title = "NAME", .least = 8},
              {.title = "DESCRIPTION", .least = 16},
              {.title = "PREFERRED", .optional = true}}};
  for (const auto& one : found.workspace_classes())
    rows.add({one.id(), one.display_name(), one.description(),
              one.id() == found.preferred_workspace_class() ? "yes" : ""});
  rows.print(out, output_width());
}

int cluster(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::DescribeClusterResponse found;
  auto status
    = call(to->manager(), &wsman::WorkspaceManager::Stub::DescribeCluster,
           wsman::DescribeClusterRequest{}, found);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(found, true) << '\n';
  else
    print_classes(found, run.out);
  return exit_ok;
}

} // namespace

const command cluster_command = {
  .name = "cluster",
  .operands = "",
  .summary = "list the classes of workspaces",
  .details = "With --output json: wsman.DescribeClusterResponse.",
  .flags = {},
  .subverbs = {},
  .run = cluster,
};

} // namespace berth::cli
