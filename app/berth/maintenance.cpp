#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"
#include "model/duration.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <ostream>

namespace berth::cli {

namespace {

constexpr std::array<std::string_view, 3> switches = {"on", "off", "status"};

constexpr flag maintenance_flags[] = {
  {"for", 0, "DURATION", "how long it lasts; 1h if nothing else is said"},
};

constexpr auto usual_length = "1h";

/// RFC 3339 of so long from now, in whole seconds.
std::string ahead(std::chrono::nanoseconds length) {
  auto then = std::chrono::system_clock::to_time_t(
    std::chrono::system_clock::now() + length + std::chrono::milliseconds{999});
  auto date = std::tm{};
  ::gmtime_r(&then, &date);
  char text[32];
  auto size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &date);
  return {text, size};
}

void print(const v1::Maintenance& found, std::ostream& out) {
  if (found.enabled())
    out << "under maintenance until " << found.enabled_until() << '\n';
  else
    out << "no maintenance\n";
}

grpc::Status carry_out(session& run, connection& to, v1::Maintenance& now) {
  if (run.given.operands[0] == "status")
    return call(to.node(), &v1::Node::Stub::GetMaintenance,
                v1::GetMaintenanceRequest{}, now);
  v1::SetMaintenanceRequest request;
  if (run.given.operands[0] == "on")
    request.set_enabled_until(
      ahead(*parse_duration(run.given.value_or("for", usual_length))));
  return call(to.node(), &v1::Node::Stub::SetMaintenance, request, now);
}

int maintenance(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() != 1
      || std::find(switches.begin(), switches.end(), operands[0])
           == switches.end())
    return run.wrong_usage("expected on, off or status");
  if (auto length = run.given.value("for")) {
    auto parsed = parse_duration(*length);
    if (operands[0] != "on")
      return run.wrong_usage("--for goes with on");
    if (!parsed || parsed->count() <= 0)
      return run.wrong_usage(*length + ": expected a duration such as 1h30m");
  }
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::Maintenance now;
  if (auto status = carry_out(run, *to, now); !status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(now, true) << '\n';
  else
    print(now, run.out);
  return exit_ok;
}

} // namespace

const command maintenance_command = {
  .name = "maintenance",
  .operands = "on|off|status [--for DURATION]",
  .summary = "let no workspace start, stop or time out for a while",
  .details = "What runs goes on running. With --output json: "
             "berth.v1.Maintenance.",
  .flags = maintenance_flags,
  .subverbs = switches,
  .run = maintenance,
};

} // namespace berth::cli
