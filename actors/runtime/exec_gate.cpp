#include "actors/runtime/exec_gate.hpp"

#include <utility>

namespace berth {

void exec_gate::enter(const std::string& id, action begin) {
  auto& gate = gates_[id];
  if (gate.is_closed)
    return gate.entrants.push_back(std::move(begin));
  ++gate.beginning;
  begin();
}

void exec_gate::begun(const std::string& id) {
  auto it = gates_.find(id);
  if (it == gates_.end() || it->second.beginning == 0)
    return;
  if (--it->second.beginning == 0)
    hurry(id);
  tidy(id);
}

void exec_gate::close(const std::string& id, action freeze) {
  auto& gate = gates_[id];
  gate.is_closed = true;
  if (gate.beginning == 0)
    freeze();
  else
    gate.freezes.push_back(std::move(freeze));
}

void exec_gate::hurry(const std::string& id) {
  auto it = gates_.find(id);
  if (it == gates_.end())
    return;
  for (auto& freeze : std::exchange(it->second.freezes, {}))
    freeze();
}

void exec_gate::open(const std::string& id) {
  auto it = gates_.find(id);
  if (it == gates_.end())
    return;
  it->second.is_closed = false;
  it->second.freezes.clear();
  for (auto& begin : std::exchange(it->second.entrants, {}))
    enter(id, std::move(begin));
  tidy(id);
}

void exec_gate::tidy(const std::string& id) {
  auto it = gates_.find(id);
  if (it != gates_.end() && it->second.beginning == 0 && !it->second.is_closed)
    gates_.erase(it);
}

} // namespace berth
