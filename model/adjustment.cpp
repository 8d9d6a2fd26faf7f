#include "model/adjustment.hpp"

#include <algorithm>

namespace berth {

namespace {

bool lists(const workspace_spec& spec, uint32_t port) {
  return std::any_of(spec.ports.begin(), spec.ports.end(),
                     [port](const auto& it) { return it.number == port; });
}

struct application {
  workspace_spec& spec;

  void operator()(const new_timeout& what) const {
    spec.timeout = what.limit;
    spec.closed_timeout = duration::zero();
  }

  void operator()(const new_closed_timeout& what) const {
    spec.closed_timeout = what.limit;
  }

  void operator()(const new_exposure& what) const {
    std::erase_if(spec.ports, [&](const auto& port) {
      return port.number == what.port.number;
    });
    if (what.is_exposed)
      spec.ports.push_back(what.port);
  }

  void operator()(const new_admission& what) const {
    spec.admit_everyone = what.everyone;
  }

  void operator()(const new_ssh_keys& what) const { spec.ssh_keys = what.keys; }
};

} // namespace

caf::error refusal_of(const adjustment& what, const workspace_record& record) {
  auto is_over = record.phase == phase::stopped;
  auto is_ending = is_over || record.phase == phase::stopping;
  if (is_over || (is_ending && std::holds_alternative<new_admission>(what)))
    return make_error(ec::failed_precondition,
                      "workspace is " + to_string(record.phase));
  if (auto* port = std::get_if<new_exposure>(&what);
      port && port->is_exposed && record.spec.ports.size() >= max_ports
      && !lists(record.spec, port->port.number))
    return make_error(ec::exhausted, "workspace exposes "
                                       + std::to_string(max_ports)
                                       + " ports already");
  return {};
}

void apply(const adjustment& what, workspace_spec& spec) {
  std::visit(application{spec}, what);
}

} // namespace berth
