#pragma once

#include "test/e2e/service.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace berth::e2e {

/// Starts it: its id, once it runs.
std::string running(service&, const wsman::StartWorkspaceRequest&);

/// Its URL, or nothing if it was refused. `at_once`: before it is stored.
std::optional<std::string> snapshot(service&, const std::string& id,
                                    bool at_once = false);

/// A request for a workspace with the content of a snapshot.
wsman::StartWorkspaceRequest restored(const std::string& url);

/// Waits until the message of `id` begins so.
void await_message(service&, const std::string& id, const std::string& text);

/// Names, modes, owners, times, links and bytes of everything in a content, as
/// one digest.
std::string tree_of(const std::filesystem::path& content);

/// Waits until nothing is on its way into the storage of kind `file` any more.
void await_archives(const service&);

} // namespace berth::e2e
