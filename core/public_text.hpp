#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace berth {

/// From now on, `public_text` leaves these directories out of what it is given.
/// Call it once, while there is one thread.
void keep_private(const std::vector<std::filesystem::path>& directories);

/// What a client may read of a text: where on this machine things lie is none
/// of its business, "content/w1" instead of "/var/lib/berth/content/w1" is.
std::string public_text(std::string text);

} // namespace berth
