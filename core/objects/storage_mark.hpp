#pragma once

#include "model/error.hpp"

#include <filesystem>

namespace berth {

/// Tells a directory of a storage from an empty place where its file system is
/// not mounted: `<root>/.berth-storage` has an id, `<known>` the id that was
/// there last. Who took the one for the other would begin workspaces without
/// their backups.
class storage_mark {
public:
  /// An empty `known`: nothing is remembered, everything is right.
  storage_mark(std::filesystem::path root, std::filesystem::path known)
    : root_(std::move(root)), known_(std::move(known)) {}

  /// Marks a root that was not used before. `unavailable`: it is another one
  /// than it was; who wants that removes `known`.
  result<void> check() const;

private:
  std::filesystem::path mark() const { return root_ / ".berth-storage"; }
  result<std::string> make() const;
  result<void> remember(const std::string& id) const;

  std::filesystem::path root_, known_;
};

} // namespace berth
