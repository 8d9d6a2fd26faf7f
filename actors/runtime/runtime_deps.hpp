#pragma once

#include "actors/iws/api.hpp"
#include "actors/kernel/api.hpp"
#include "actors/process/api.hpp"
#include "actors/runtime/hands.hpp"
#include "core/iws/id_map.hpp"
#include "core/layout.hpp"
#include "model/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// What the runtime works with.
struct runtime_deps {
  std::shared_ptr<const settings> config;
  process_actor process;
  workspace_services_actor services;
  kernel_hands kernel;
  runtime_hands hands;
  std::string seccomp_program;     ///< see `compile_seccomp_profile`
  std::vector<uint32_t> resolvers; ///< name servers of workspaces

  layout where() const { return layout{*config}; }

  /// Ids of files of a container as they are on this machine inside of it.
  id_map files_of(container_kind, uint32_t slot) const;
};

/// A call of the OCI runtime with our own state directory, on this machine.
child_spec runtime_call(const runtime_deps&, std::vector<std::string> args);

/// What a program of ours said before it gave up, for the log.
std::string last_words(const child_exit&);

} // namespace berth
