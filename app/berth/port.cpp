#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"
#include "app/berth/workspace_call.hpp"

#include <ostream>

namespace berth::cli {

namespace {

constexpr flag port_flags[] = {
  {"public", 0, "", "for everybody, not only for the owner"},
  {"https", 0, "", "what listens there speaks HTTPS"},
  {"close", 0, "", "expose it no longer"},
};

/// Says where the port is reached now.
int show(session& run, const connection& to, const std::string& id,
         uint32_t number) {
  wsman::DescribeWorkspaceRequest request;
  request.set_id(id);
  wsman::DescribeWorkspaceResponse found;
  auto status
    = call(to.manager(), &wsman::WorkspaceManager::Stub::DescribeWorkspace,
           request, found);
  if (!status.ok())
    return run.failed(status);
  for (const auto& port : found.status().spec().exposed_ports())
    if (port.port() == number)
      run.out << (run.is_json() ? to_json(port, true) : port.url()) << '\n';
  return exit_ok;
}

int port(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() != 2)
    return run.wrong_usage("expected an ID and a port");
  auto number = port_number(operands[1]);
  if (!number)
    return run.wrong_usage(operands[1] + ": expected a port, 1 to 65535");
  auto closes = run.given.has("close");
  if (closes && (run.given.has("public") || run.given.has("https")))
    return run.wrong_usage("--close goes with no other");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::ControlPortRequest request;
  request.set_expose(!closes);
  auto& spec = *request.mutable_spec();
  spec.set_port(*number);
  spec.set_visibility(run.given.has("public") ? wsman::PORT_VISIBILITY_PUBLIC
                                              : wsman::PORT_VISIBILITY_PRIVATE);
  spec.set_protocol(run.given.has("https") ? wsman::PORT_PROTOCOL_HTTPS
                                           : wsman::PORT_PROTOCOL_HTTP);
  wsman::ControlPortResponse response;
  auto status
    = call_about(*to, operands[0], &wsman::WorkspaceManager::Stub::ControlPort,
                 request, response);
  if (!status.ok())
    return run.failed(status);
  return closes ? +exit_ok : show(run, *to, request.id(), *number);
}

} // namespace

const command port_command = {
  .name = "port",
  .operands = "ID N [--public] [--https] [--close]",
  .summary = "expose a port of a workspace and print its URL",
  .details = "What was said of the port before counts no longer.\n"
             "With --output json: wsman.PortSpec.",
  .flags = port_flags,
  .subverbs = {},
  .run = port,
};

} // namespace berth::cli
