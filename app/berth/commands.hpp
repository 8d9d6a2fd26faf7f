#pragma once

#include "app/berth/command.hpp"

#include <span>

namespace berth::cli {

/// One constant a verb, one file each.
extern const command start_command;
extern const command ls_command;
extern const command get_command;
extern const command watch_command;
extern const command logs_command;
extern const command exec_command;
extern const command shell_command;
extern const command stop_command;
extern const command snapshot_command;
extern const command backup_command;
extern const command content_command;
extern const command active_command;
extern const command timeout_command;
extern const command port_command;
extern const command admit_command;
extern const command ssh_key_command;
extern const command images_command;
extern const command resolve_command;
extern const command build_command;
extern const command builds_command;
extern const command cluster_command;
extern const command node_command;
extern const command doctor_command;
extern const command maintenance_command;
extern const command completion_command;

/// All of them, in the order of --help.
std::span<const command* const> commands();

/// Options that every command takes, before the verb or behind it.
extern const std::span<const flag> global_flags;

} // namespace berth::cli
