#pragma once

#include "actors/iws/hands_api.hpp"

#include <filesystem>

namespace berth {

/// What the messages of the same names say; `helper` is berth-ns.
result<void> make_mark(const std::filesystem::path& helper,
                       const prepare_mark&);
result<mark_removed> take_mark_away(const std::filesystem::path& helper,
                                    const remove_mark&);

} // namespace berth
