#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

/// A Dockerfile as lines, before anything is an instruction.
namespace berth::dockerfile_lines {

/// More than anybody writes.
inline constexpr size_t most_instructions = 10'000;

std::string lower(std::string_view text);

bool is_blank(char);

/// The line at `at` without blanks around it; moves `at` behind it.
std::string_view next_line(std::string_view text, size_t& at);

/// What ends a line that goes on: `# escape=` at the very top may change it.
char escape_of(std::string_view text);

void drop_byte_order_mark(std::string& text);

/// `exhausted` for more bytes, or a longer line, than anybody writes;
/// `failed_precondition` for what one builder takes for a blank and another
/// does not: what is an instruction would be in the eye of the beholder.
result<void> check_lines(std::string_view text);

} // namespace berth::dockerfile_lines
