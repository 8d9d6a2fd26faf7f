#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// The two kinds of container that a workspace can have. `docs/container.md`
/// says what differs and which one is for whom.
enum class container_kind : uint8_t {
  /// Berth's own: a user namespace with 65536 ids of the workspace's own.
  own,
  /// What the stock in-container client needs: no user namespace, and ids of
  /// this machine that all workspaces of this kind share.
  compatible,
};

std::string to_string(container_kind);
/// Nothing for what is no kind.
std::optional<container_kind> container_kind_from_string(std::string_view);

} // namespace berth
