#pragma once

#include "model/container_kind.hpp"
#include "model/error.hpp"
#include "model/image.hpp"
#include "model/settings.hpp"

namespace berth {

/// What a workspace of this class and image runs in. The class decides, or
/// leaves it to the image; an image without the label, and any image where the
/// class does not ask it, gets Berth's own. `invalid_argument` for a label that
/// is asked for and names no kind.
result<container_kind> choose_kind(const workspace_class&, const image_config&);

} // namespace berth
