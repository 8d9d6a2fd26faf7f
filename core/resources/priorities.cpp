#include "core/resources/priorities.hpp"

#include <algorithm>
#include <string_view>

namespace berth {

namespace {

enum class started_by : uint8_t { init, supervisor };

struct priority_rule {
  started_by parent;
  std::string_view begins, ends; ///< of the program's path
  int niceness;
};

constexpr auto above_all = -10;
constexpr auto above_most = -5;

constexpr priority_rule priority_rules[] = {
  {started_by::init, "/", "/supervisor", above_all},
  {started_by::supervisor, "/", "/bin/code-server", above_all},
  {started_by::supervisor, "/home/gitpod/.vscode-server/bin/", "/node",
   above_most},
  {started_by::supervisor, "/", "/ide/bin/gitpod-code", above_all},
  {started_by::supervisor, "/", "/ide/node", above_most},
  {started_by::supervisor, "/ide-desktop/", "/bin/java", above_all},
};

bool has_shape(std::string_view path, const priority_rule& rule) {
  return path.size() >= rule.begins.size() + rule.ends.size() - 1
         && path.starts_with(rule.begins) && path.ends_with(rule.ends);
}

using views = std::vector<sys::process_view>;

bool is_supervisor(const sys::process_view& it, pid_t init) {
  return it.parent == init && has_shape(it.program, priority_rules[0]);
}

bool was_started_by_supervisor(const sys::process_view& it, const views& all,
                               pid_t init) {
  return std::any_of(all.begin(), all.end(), [&](const auto& other) {
    return other.pid == it.parent && is_supervisor(other, init);
  });
}

} // namespace

std::vector<priority_order> priorities_of(const views& all, pid_t init) {
  auto orders = std::vector<priority_order>{};
  for (const auto& it : all) {
    if (it.pid == init) {
      orders.push_back({it.pid, it.start_time, above_all});
      continue;
    }
    for (const auto& rule : priority_rules) {
      auto fits = rule.parent == started_by::init
                    ? is_supervisor(it, init)
                    : was_started_by_supervisor(it, all, init);
      if (!fits || !has_shape(it.program, rule))
        continue;
      orders.push_back({it.pid, it.start_time, rule.niceness});
      break;
    }
  }
  std::sort(orders.begin(), orders.end(),
            [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return orders;
}

} // namespace berth
