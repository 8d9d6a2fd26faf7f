#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <memory>
#include <string>

namespace berth {

/// The whole house: its actors and its doors. Here it is wired, and nowhere
/// else.
class node {
public:
  /// Opens the state, recovers what lives, then opens the doors.
  static result<std::unique_ptr<node>> start(settings);
  ~node();

  /// Takes over what may change while it runs: certificates and log level.
  void reload(const std::string& config_file);

  /// Closes the doors, lets calls end, stops the actors. Workspaces run on.
  void shut_down();

private:
  struct parts;
  explicit node(std::unique_ptr<parts>);
  result<void> open_doors();

  std::unique_ptr<parts> parts_;
};

} // namespace berth
