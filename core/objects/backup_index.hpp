#pragma once

#include "core/objects/object_storage.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// The manifest beside a snapshot: one object as a JSON document.
std::string to_json(const object_info&);
result<object_info> object_info_from_json(std::string_view);

/// The manifest beside `full.tar.zst`: the kept backups, newest first.
/// Replacing it is what makes a new backup the newest one.
std::string to_json(const std::vector<object_info>&);

/// `data_loss` if it is damaged or names anything but kept backups.
result<std::vector<object_info>> generations_from_json(std::string_view);

/// Whether `file` is a kept backup, or one of them needs it.
bool is_needed(const std::vector<object_info>& kept, const std::string& file);

/// What a backup needs, if it is gone or has not its length.
caf::error not_whole(const std::string& qualified_name);

/// `not_found` unless every object that `what` needs is needed already, since
/// only then nobody else may be about to remove it, and is whole: `look` says
/// `not_whole` if not.
result<void>
check_needs(const std::vector<object_info>& kept, const object_info& what,
            const std::function<result<void>(const archive_part&)>& look);

} // namespace berth
