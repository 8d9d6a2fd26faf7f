#pragma once

#include "bench/private_node.hpp"

#include <filesystem>
#include <string>

/// Workspaces whose content is what is measured. Times are in seconds.
namespace berth::bench {

/// From StartWorkspace to RUNNING; content comes from the backup of `meta_id`
/// if there is one.
result<double> start_content(private_node& node, const std::string& id,
                             const std::string& meta_id);

/// From StopWorkspace to STOPPED, or only until its backup is stored.
result<double> stop_content(private_node& node, const std::string& id,
                            wsman::StopWorkspacePolicy policy,
                            bool until_saved);

/// A workspace with a copy of `tree` as its content.
result<std::string> filled_workspace(private_node& node,
                                     const std::string& meta_id,
                                     const std::filesystem::path& tree);

} // namespace berth::bench
