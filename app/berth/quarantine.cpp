#include "app/berth/quarantine.hpp"

#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <chrono>
#include <ostream>

namespace berth::cli {

namespace {

using node_stub = v1::Node::Stub;

/// A backup of a large content takes its time; who does not wait stops nothing.
constexpr auto quarantine_deadline = std::chrono::hours{4};

std::string age_since(int64_t unix_ns) {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return format_age(std::chrono::duration_cast<std::chrono::seconds>(
    now - std::chrono::nanoseconds{unix_ns}));
}

void print(const v1::ListQuarantineResponse& found, std::ostream& out) {
  table rows{{{.title = "NAME", .least = 20},
              {.title = "OWNER"},
              {.title = "WORKSPACE"},
              {.title = "AGE"},
              {.title = "SIZE"},
              {.title = "RESTORED"},
              {.title = "WHY", .least = 10}}};
  for (const auto& each : found.contents())
    rows.add({each.name(), each.owner(), each.meta_id(),
              age_since(each.since_unix_ns()), format_bytes(each.bytes()),
              each.backup().empty() ? "" : age_since(each.restored_unix_ns()),
              each.why()});
  rows.print(out, output_width());
}

int list_contents(session& run) {
  if (run.given.operands.size() != 2)
    return run.wrong_usage("expected quarantine ls");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::ListQuarantineResponse found;
  auto status = call(to->node(), &node_stub::ListQuarantine,
                     v1::ListQuarantineRequest{}, found, quarantine_deadline);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(found, true) << '\n';
  else
    print(found, run.out);
  return exit_ok;
}

int restore_content(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() != 3)
    return run.wrong_usage("expected quarantine restore NAME");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::RestoreQuarantinedRequest request;
  request.set_name(operands[2]);
  request.set_owner(run.given.value_or("owner", ""));
  request.set_meta_id(run.given.value_or("meta-id", ""));
  v1::RestoreQuarantinedResponse made;
  auto status = call(to->node(), &node_stub::RestoreQuarantined, request, made,
                     quarantine_deadline);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(made, true) << '\n';
  else
    run.out << printable(made.backup()) << '\n';
  return exit_ok;
}

/// Stops at the first that cannot be removed.
int remove_contents(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() < 3)
    return run.wrong_usage("expected quarantine rm NAME...");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  for (size_t i = 2; i < operands.size(); ++i) {
    v1::RemoveQuarantinedRequest request;
    request.set_name(operands[i]);
    v1::RemoveQuarantinedResponse removed;
    auto status = call(to->node(), &node_stub::RemoveQuarantined, request,
                       removed, quarantine_deadline);
    if (!status.ok())
      return run.failed(status);
  }
  return exit_ok;
}

} // namespace

int quarantine(session& run) {
  const auto& operands = run.given.operands;
  auto verb = operands.size() > 1 ? operands[1] : std::string{};
  if (verb == "ls")
    return list_contents(run);
  if (verb == "restore")
    return restore_content(run);
  if (verb == "rm")
    return remove_contents(run);
  return run.wrong_usage("expected quarantine ls, restore or rm");
}

} // namespace berth::cli
