#pragma once

#include "model/error.hpp"
#include "model/image.hpp"
#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// Ids inside a workspace and of its files on disk: its init runs as root,
/// people's processes as the user of this number. What they are on this machine
/// depends on the kind of container: see `disk_map`.
inline constexpr uint32_t workspace_uid = 33333;
inline constexpr uint32_t workspace_gid = 33333;
inline constexpr uint32_t ids_of_workspace = 65536;
inline constexpr const char* workspace_home = "/home/gitpod";
inline constexpr const char* init_inside = "/.berth/init";

/// Names the pipe from which a container's init reads the rest of its
/// environment: entries "NAME=value", each ended by a NUL. Gone when it has.
inline constexpr const char* environment_variable = "BERTH_ENVIRONMENT";
inline constexpr const char* environment_pipe = "/.workspace/environment";

/// All that the OCI config of a workspace depends on. Paths are this
/// machine's.
struct container_spec {
  std::string hostname;
  container_kind kind = container_kind::own;
  uint32_t first_id = 0; ///< `own`: what id 0 inside is on this machine
  image_config image;
  std::vector<env_var> env; ///< over the image's; later ones win
  bool headless = false;    ///< its init runs tasks of the user's
  workspace_class limits;
  std::string cgroup; ///< relative to the root of each hierarchy
  std::filesystem::path root, content, shared, init;
  std::filesystem::path resolv_conf, hosts, hostname_file, termination_log;
  std::string seccomp_program;   ///< see `compile_seccomp_profile`
  uint64_t open_files = 1048576; ///< hard limit; no more than the caller's own
  uint64_t core_limit = 1;       ///< see `sys::core_limit`
};

/// The `config.json` of its bundle. `docs/container.md` explains every choice.
std::string runtime_config(const container_spec&);

struct terminal_size {
  uint16_t rows = 0;
  uint16_t cols = 0;
};

/// A further process of a container.
struct exec_spec {
  std::vector<std::string> argv;
  std::vector<env_var> env; ///< over the container's own
  std::string cwd;          ///< empty: /workspace
  std::string user;         ///< empty: the workspace user; "root"; "uid[:gid]"
  std::optional<terminal_size> terminal;
  /// "NAME=value" of the container, where they are not those of its config.
  std::optional<std::vector<std::string>> container_env;
};

/// The `process.json` for running it in the container that `config` (a
/// `runtime_config`) made: same environment, limits and bounding set. It is run
/// by the container's init program as a `berth-init exec`, which needs its
/// leash as descriptor 3. A user other than root holds no capability, and none
/// does in a compatible container.
/// `invalid_argument` for a user or command that cannot be.
result<std::string> exec_process(std::string_view config, const exec_spec&);

} // namespace berth
