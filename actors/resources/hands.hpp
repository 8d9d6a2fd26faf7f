#pragma once

#include "actors/message.hpp"
#include "core/resources/cpu_distribution.hpp"
#include "core/resources/pressure.hpp"
#include "core/resources/priorities.hpp"
#include "model/resource_limits.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The hand of the resources: what it does with cgroups and processes. Nobody
/// outside this family needs it but who wires it.
namespace berth {

/// A workspace, and what is asked of it.
struct survey_subject {
  std::string id;
  std::string cgroup;
  bool cpu = false;
  bool pressure = false;
  bool processes = false;
};

/// Looks at workspaces. What is not there is left out.
struct survey {
  std::vector<survey_subject> subjects;
};

struct finding {
  std::string id;
  std::optional<cpu_reading> cpu;
  std::map<std::string, pressure> pressures; ///< by "cpu", "memory", "io"
  std::vector<sys::process_view> processes;
};

struct surveyed {
  std::vector<finding> findings;
};

enum class io_step : uint8_t { leave, hold, lift };

/// What a workspace shall have from now on.
struct resource_change {
  std::string id;
  std::string cgroup;
  bool sets_cpu = false;
  std::optional<uint64_t> cpu; ///< thousandths of a core; nothing: no limit
  io_step io = io_step::leave;
  io_limits io_of;
  std::vector<priority_order> priorities;
};

/// Makes the changes, whatever becomes of one.
struct change_resources {
  std::vector<resource_change> changes;
};

struct change_outcome {
  std::string id;
  std::string controller; ///< "cpu", "io", "priority"
  caf::error why;         ///< none: it worked
};

struct resources_changed {
  std::vector<change_outcome> outcomes;
};

using resource_hand_actor = caf::typed_actor<
  caf::replies_to<survey>::with<surveyed>,
  caf::replies_to<change_resources>::with<resources_changed>>;

} // namespace berth

BERTH_MESSAGE(berth::survey)
BERTH_MESSAGE(berth::surveyed)
BERTH_MESSAGE(berth::change_resources)
BERTH_MESSAGE(berth::resources_changed)
