#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"

#include <algorithm>
#include <ostream>

namespace berth::cli {

namespace {

const char* mark_of(v1::DoctorCheck::Level level) {
  switch (level) {
    case v1::DoctorCheck::OK: return "ok       ";
    case v1::DoctorCheck::WARNING: return "WARNING  ";
    default: return "FAILURE  ";
  }
}

void print_checks(const v1::DoctorResponse& found, std::ostream& out) {
  size_t widest = 0;
  for (const auto& check : found.checks())
    widest = std::max(widest, check.name().size());
  for (const auto& check : found.checks()) {
    auto filled = check.name().size();
    out << mark_of(check.level()) << printable(check.name())
        << std::string(widest - filled + 2, ' ') << printable(check.finding())
        << '\n';
    if (!check.fix().empty())
      out << std::string(9 + widest + 2, ' ')
          << "fix: " << printable(check.fix()) << '\n';
  }
}

int doctor(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::DoctorResponse found;
  auto status
    = call(to->node(), &v1::Node::Stub::Doctor, v1::DoctorRequest{}, found);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(found, true) << '\n';
  else
    print_checks(found, run.out);
  bool is_fit = std::ranges::none_of(found.checks(), [](const auto& check) {
    return check.level() == v1::DoctorCheck::FAILURE;
  });
  return is_fit ? 0 : 1;
}

} // namespace

const command doctor_command = {
  .name = "doctor",
  .operands = "",
  .summary = "say what this machine can and cannot do, and how to mend it",
  .details = "Exit code 1 if workspaces cannot run here. With --output json: "
             "berth.v1.DoctorResponse.",
  .flags = {},
  .subverbs = {},
  .run = doctor,
};

} // namespace berth::cli
