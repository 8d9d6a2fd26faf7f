#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"

#include <array>
#include <ctime>
#include <ostream>

namespace berth::cli {

namespace {

constexpr flag watch_flags[] = {
  {"owner", 0, "OWNER", "only this owner's"},
  {"meta-id", 0, "META", "only instances of this workspace"},
};

std::string time_of_day() {
  auto now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%H:%M:%S", &parts);
  return text.data();
}

void print_line(const wsman::WorkspaceStatus& status, std::ostream& out) {
  out << time_of_day() << "  " << status.id() << "  "
      << printable(status.metadata().meta_id()) << "  "
      << phase_name(status.phase());
  const auto& conditions = status.conditions();
  for (const auto* text :
       {&status.message(), &conditions.failed(), &conditions.timeout(),
        &conditions.headless_task_failed()})
    if (!text->empty())
      out << "  " << printable(*text);
  out << std::endl;
}

int watch(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::SubscribeRequest request;
  request.mutable_must_match()->set_owner(run.given.value_or("owner", ""));
  request.mutable_must_match()->set_meta_id(run.given.value_or("meta-id", ""));
  grpc::ClientContext context;
  auto stream = to->manager().Subscribe(&context, request);
  wsman::SubscribeResponse update;
  while (run.out && stream->Read(&update)) {
    if (!update.has_status())
      continue;
    if (run.is_json())
      run.out << to_json(update.status(), false) << std::endl;
    else
      print_line(update.status(), run.out);
  }
  if (!run.out)
    context.TryCancel();
  auto status = stream->Finish();
  return status.ok() ? +exit_ok : run.failed(status);
}

} // namespace

const command watch_command = {
  .name = "watch",
  .operands = "[--owner O] [--meta-id M]",
  .summary = "print every change of any workspace until interrupted",
  .details = "With --output json: one wsman.WorkspaceStatus a line.",
  .flags = watch_flags,
  .subverbs = {},
  .run = watch,
};

} // namespace berth::cli
