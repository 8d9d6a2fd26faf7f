#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace berth {

/// Keeps the beginning of commands and the freezing of their containers apart:
/// crun begins none in a frozen one. Who comes first makes the other wait.
class exec_gate {
public:
  using action = std::function<void()>;

  /// Calls `begin` now or, if container `id` is closed, once it is opened.
  /// `begun` must follow.
  void enter(const std::string& id, action begin);

  /// A command of `id` runs, or failed to begin.
  void begun(const std::string& id);

  /// Closes `id`; calls `freeze` once no command is beginning there.
  void close(const std::string& id, action freeze);

  /// Does not wait any longer for commands that are beginning.
  void hurry(const std::string& id);

  /// Not closed: nothing happens. What was still to freeze it is forgotten.
  void open(const std::string& id);

private:
  struct gate {
    unsigned beginning = 0;
    bool is_closed = false;
    std::vector<action> freezes;  ///< until nothing is beginning
    std::vector<action> entrants; ///< until it is open
  };

  void tidy(const std::string& id);

  std::map<std::string, gate> gates_;
};

} // namespace berth
