#include "core/instance_ids.hpp"

namespace berth {

bool instance_ids::claim(const std::string& id, user by) {
  auto lock = std::lock_guard{mutex_};
  return users_.emplace(id, by).second;
}

void instance_ids::release(const std::string& id) {
  auto lock = std::lock_guard{mutex_};
  users_.erase(id);
}

std::vector<std::string> instance_ids::of(user by) const {
  auto lock = std::lock_guard{mutex_};
  auto out = std::vector<std::string>{};
  for (const auto& [id, user] : users_)
    if (user == by)
      out.push_back(id);
  return out;
}

} // namespace berth
