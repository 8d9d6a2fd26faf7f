#pragma once

#include <stdint.h>

#include <string_view>

namespace berth::ns {

/// A decimal number of at most `limit`, or the end with a usage error about
/// `option`.
uint32_t number(const char* option, std::string_view text, uint32_t limit);

/// A number that is an open descriptor.
int descriptor(const char* option, const char* text);

/// The value behind `*args`, which names an option that needs one; moves `args`
/// on to it.
const char* value_of(char**& args);

/// What stands behind `--`: a program, an absolute path, and its arguments.
/// `args` points at the `--`.
char** program_behind(char** args);

} // namespace berth::ns
