#pragma once

#include "app/berth/command.hpp"

#include <iosfwd>

namespace berth::cli {

void print_help(std::ostream&);
void print_command_help(const command&, std::ostream&);

} // namespace berth::cli
