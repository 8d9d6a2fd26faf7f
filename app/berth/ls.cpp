#include "app/berth/commands.hpp"
#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <algorithm>
#include <ostream>

namespace berth::cli {

namespace {

constexpr flag ls_flags[] = {
  {"owner", 0, "OWNER", "only this owner's"},
  {"meta-id", 0, "META", "only instances of this workspace"},
  {"annotation", 0, "KEY=VALUE", "only those that bear it; repeatable"},
  {"quiet", 'q', "", "only instance ids"},
};

bool is_newer(const wsman::WorkspaceStatus& a,
              const wsman::WorkspaceStatus& b) {
  const auto& ta = a.metadata().started_at();
  const auto& tb = b.metadata().started_at();
  return std::tuple{ta.seconds(), ta.nanos(), a.id()}
         > std::tuple{tb.seconds(), tb.nanos(), b.id()};
}

void print_json(const wsman::GetWorkspacesResponse& found, std::ostream& out) {
  out << '[';
  for (int i = 0; i < found.status_size(); ++i)
    out << (i ? ",\n" : "\n") << to_json(found.status(i), false);
  out << (found.status_size() ? "\n]\n" : "]\n");
}

void print_table(const wsman::GetWorkspacesResponse& found, std::ostream& out) {
  table rows{{{.title = "ID", .least = 8, .is_prefix = true},
              {.title = "META ID", .least = 12},
              {.title = "OWNER", .least = 8},
              {.title = "TYPE", .optional = true},
              {.title = "PHASE"},
              {.title = "AGE"},
              {.title = "IMAGE", .least = 12, .optional = true},
              {.title = "URL", .least = 16, .optional = true}}};
  for (const auto& status : found.status())
    rows.add({status.id(), status.metadata().meta_id(),
              status.metadata().owner(), type_name(status.spec().type()),
              phase_name(status.phase()),
              age_of(status.metadata().started_at()),
              status.spec().workspace_image(), status.spec().url()});
  rows.print(out, output_width());
}

int ls(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  wsman::GetWorkspacesRequest request;
  auto& filter = *request.mutable_must_match();
  filter.set_owner(run.given.value_or("owner", ""));
  filter.set_meta_id(run.given.value_or("meta-id", ""));
  for (const auto& text : run.given.values("annotation")) {
    auto equals = text.find('=');
    if (equals == text.npos)
      return run.wrong_usage("--annotation " + text + ": expected KEY=VALUE");
    (*filter.mutable_annotations())[text.substr(0, equals)]
      = text.substr(equals + 1);
  }
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::GetWorkspacesResponse found;
  auto status
    = call(to->manager(), &wsman::WorkspaceManager::Stub::GetWorkspaces,
           request, found);
  if (!status.ok())
    return run.failed(status);
  std::ranges::sort(*found.mutable_status(), is_newer);
  if (run.is_json())
    print_json(found, run.out);
  else if (run.given.has("quiet"))
    for (const auto& one : found.status())
      run.out << one.id() << '\n';
  else
    print_table(found, run.out);
  return exit_ok;
}

} // namespace

const command ls_command = {
  .name = "ls",
  .operands = "[--owner O] [--meta-id M] [--annotation K=V] [-q]",
  .summary = "list workspaces, newest first",
  .details = "With --output json: one array of wsman.WorkspaceStatus.",
  .flags = ls_flags,
  .subverbs = {},
  .run = ls,
};

} // namespace berth::cli
