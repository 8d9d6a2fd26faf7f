#include "app/berth/build_log.hpp"
#include "app/berth/commands.hpp"
#include "app/berth/find_build.hpp"
#include "app/berth/find_workspace.hpp"
#include "app/berth/text.hpp"

#include <ostream>

namespace berth::cli {

namespace {

constexpr flag logs_flags[] = {
  {"follow", 'f', "",
   "wait for the log, and go on until the workspace has stopped"},
  {"build", 0, "",
   "of the image build that ID means instead, by id or image, to its end"},
};

int logs_of_build(session& run) {
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  builder::LogsRequest request;
  auto found = find_build(*to, run.given.operands[0], request);
  if (!found.ok())
    return run.failed(found);
  auto status = copy_build_log(*to, request, run.out);
  return status.ok() ? +exit_ok : run.failed(status);
}

int logs(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  if (run.given.has("build"))
    return logs_of_build(run);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::LogsRequest request;
  request.set_follow(run.given.has("follow"));
  auto found
    = find_workspace(*to, run.given.operands[0], *request.mutable_id());
  if (!found.ok())
    return run.failed(found);
  grpc::ClientContext context;
  auto stream = to->node().Logs(&context, request);
  v1::LogsResponse piece;
  while (run.out && stream->Read(&piece)) {
    if (run.is_json())
      run.out << to_json(piece, false) << '\n';
    else
      (piece.is_stderr() ? run.err : run.out) << piece.content();
    run.out << std::flush;
  }
  if (!run.out)
    context.TryCancel();
  auto status = stream->Finish();
  return status.ok() ? +exit_ok : run.failed(status);
}

} // namespace

const command logs_command = {
  .name = "logs",
  .operands = "ID [-f | --build]",
  .summary = "print what a workspace's main process or a build wrote",
  .details = "What it wrote to stderr comes on stderr. The log of a stopped "
             "workspace is there as long as the workspace is listed. With "
             "--output json: one berth.v1.LogsResponse a line.",
  .flags = logs_flags,
  .subverbs = {},
  .run = logs,
};

} // namespace berth::cli
