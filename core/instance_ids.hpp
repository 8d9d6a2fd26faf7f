#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace berth {

/// Who owns which instance id on this node. Contents are named by them, so a
/// workspace and a session never have the same one. Thread-safe.
class instance_ids {
public:
  enum class user { workspace, session };

  /// Whether it was free, and belongs to `by` from now on.
  bool claim(const std::string& id, user by);
  void release(const std::string& id);
  std::vector<std::string> of(user) const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, user> users_;
};

} // namespace berth
