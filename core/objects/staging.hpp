#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace berth {

/// Bytes on their way into the storage, visible to nobody. Two descriptors of
/// one file, each with its own position: one to fill it, one to check it.
struct staged_object {
  std::filesystem::path path;
  sys::fd writer;
  sys::fd reader;
};

/// The files of one directory of this machine in which archives wait until they
/// are stored. They have names, so that what was complete before a crash is
/// found after it. All calls block.
class staging_directory {
public:
  explicit staging_directory(std::filesystem::path where)
    : where_(std::move(where)) {}

  /// An empty file in place of an earlier one of that name.
  /// `invalid_argument` unless `name` can be the name of a file.
  result<staged_object> create(const std::string& name) const;

  /// What an earlier `create` left, both descriptors at its start;
  /// `not_found` if there is none.
  result<staged_object> reopen(const std::string& name) const;

  /// Gone already: no error.
  result<void> remove(const staged_object&) const;
  result<void> remove(const std::string& name) const;

  /// What was written until now survives power loss when this returns.
  result<void> settle(const staged_object&) const;

  /// Removes every file that is not in `names`.
  result<void> keep_only(const std::set<std::string>& names) const;

private:
  std::filesystem::path where_;
};

} // namespace berth
