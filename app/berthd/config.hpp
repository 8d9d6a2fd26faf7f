#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace berth {

/// Reads the configuration in `file`; an empty path means no file, which is
/// all defaults. What is wrong with it is one line,
/// `file:line: field.path: why`, and `invalid_argument`.
result<settings> load_config(const std::filesystem::path& file);

/// The same of a text; `name` stands for the file in errors.
result<settings> parse_config(std::string_view yaml, std::string_view name);

/// Every field with its default and what it is for, as YAML. This text is
/// where the defaults come from.
std::string default_config();

} // namespace berth
