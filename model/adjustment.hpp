#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace berth {

/// A custom timeout for the time without activity. It also switches the
/// shorter one off that counts once the user closed the IDE.
struct new_timeout {
  duration limit{};
};

/// A custom timeout for the time after the user closed the IDE; 0: none.
struct new_closed_timeout {
  duration limit{};
};

/// So many ports of one workspace may be exposed.
inline constexpr size_t max_ports = 100;

/// Takes the place of what is known of the port, at the end of the list.
struct new_exposure {
  exposed_port port;
  bool is_exposed = true; ///< if not, the port is only taken off the list
};

struct new_admission {
  bool everyone = false;
};

/// Replaces all that were there.
struct new_ssh_keys {
  std::vector<std::string> keys;
};

/// What a client may change of a workspace after its start. The same one twice
/// does what one does.
using adjustment = std::variant<new_timeout, new_closed_timeout, new_exposure,
                                new_admission, new_ssh_keys>;

/// Why `record` cannot be adjusted like that: it has stopped, it is stopping
/// and nobody may enter any more (`failed_precondition`), or its list of ports
/// is full (`exhausted`). Nothing if it can.
caf::error refusal_of(const adjustment&, const workspace_record& record);

/// Does what was not refused.
void apply(const adjustment&, workspace_spec&);

} // namespace berth
