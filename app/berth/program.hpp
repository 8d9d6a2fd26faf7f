#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace berth::cli {

/// The whole program but for `main`: `words` are the command line without the
/// program's name. Returns the exit code.
int run_program(std::span<const std::string> words, std::ostream& out,
                std::ostream& err);

} // namespace berth::cli
