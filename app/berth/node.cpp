#include "app/berth/commands.hpp"
#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <ostream>

namespace berth::cli {

namespace {

std::string share(uint64_t available, uint64_t all) {
  return format_bytes(available) + " free of " + format_bytes(all);
}

int node(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::NodeInfoResponse info;
  auto status
    = call(to->node(), &v1::Node::Stub::NodeInfo, v1::NodeInfoRequest{}, info);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json()) {
    run.out << to_json(info, true) << '\n';
    return exit_ok;
  }
  facts rows;
  rows.add("name", info.name());
  rows.add("version", info.version());
  rows.add("running since",
           format_time(info.started_unix_ns() / 1'000'000'000));
  rows.add("workspaces", std::to_string(info.workspaces()) + " of "
                           + std::to_string(info.workspace_capacity()));
  rows.add("cpus", std::to_string(info.cpus()));
  rows.add("memory", share(info.memory_available_bytes(), info.memory_bytes()));
  rows.add("disk", share(info.disk_available_bytes(), info.disk_bytes()));
  rows.add("shortage", info.shortage());
  rows.add("gRPC", info.address());
  rows.add("status page", info.http_address().empty()
                            ? ""
                            : "http://" + info.http_address() + "/");
  rows.print(run.out);
  return exit_ok;
}

} // namespace

const command node_command = {
  .name = "node",
  .operands = "",
  .summary = "show the node's capacity and usage",
  .details = "With --output json: berth.v1.NodeInfoResponse.",
  .flags = {},
  .subverbs = {},
  .run = node,
};

} // namespace berth::cli
